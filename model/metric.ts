/** Metrics as the catalogue lists them and as a chart draws them. */

import type { TimeRange } from './service.ts';

export const METRIC_KINDS = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'] as const;
export type MetricKind = (typeof METRIC_KINDS)[number];

/** A name that was sent in one form; a name that changed its kind or unit has several. */
export interface MetricForm {
  kind: MetricKind;
  /** UCUM, as sent: `s`, `By`, `{request}`, `1`. */
  unit: string;
  /** Only a sum that never falls but by a restart is a counter. */
  monotonic: boolean;
  services: string[];
  /** Unix milliseconds. */
  lastSeen: number;
}

export interface MetricEntry {
  name: string;
  description: string;
  /** The most recently seen first. */
  forms: MetricForm[];
}

export interface MetricsView {
  /** By name. */
  metrics: MetricEntry[];
  /** True when more match than are listed. */
  more: boolean;
}

/**
 * How the points of a slot become one value. `rate` is per second and knows of restarts; `sum` adds up the series'
 * averages; of a summary, quantiles are the largest that any series reported, because they cannot be merged.
 */
export const AGGREGATIONS = ['rate', 'avg', 'sum', 'min', 'max', 'p50', 'p90', 'p95', 'p99'] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

/** What can be said of a form, the most telling first. */
export function aggregationsOf({ kind, monotonic }: Pick<MetricForm, 'kind' | 'monotonic'>): Aggregation[] {
  if (kind === 'gauge') return ['avg', 'max', 'min', 'sum', 'p50', 'p95'];
  if (kind === 'sum') return monotonic ? ['rate'] : ['sum', 'avg', 'max', 'min'];
  return ['p95', 'p50', 'p90', 'p99', 'avg', 'rate'];
}

export interface MetricSeries {
  /** Value of the attribute grouped by; '' when there is none or nothing is grouped. */
  group: string;
  /** One per slot; null where nothing was reported. */
  values: (number | null)[];
}

export interface SeriesView {
  name: string;
  form: MetricForm;
  aggregation: Aggregation;
  range: TimeRange;
  stepMs: number;
  /** The largest first. */
  series: MetricSeries[];
  /** Groups beyond those, and what they add up to where adding up means something (`rate` and `sum`). */
  others: { groups: number; values: (number | null)[] | null };
  /** Attribute keys of the newest points: what can be grouped by. */
  keys: string[];
}
