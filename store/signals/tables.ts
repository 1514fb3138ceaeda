/** Which table answers a read, and how its time is asked for. */

import { isRolledUp, OUTCOMES } from './labels.ts';
import type { Read } from './reads.ts';

/** Kinds of metrics by the catalogue; `''` while it knows none of that name. */
export type MetricKind = 'gauge' | 'sum' | 'histogram' | 'exponential_histogram' | 'summary' | '';

export interface Table {
  name: string;
  /** How its rows become numbers. */
  form:
    | 'rollup'
    | 'counts'
    | 'items'
    | 'points'
    | 'increases'
    | 'buckets'
    | 'exponential'
    | 'deploys'
    | 'slos';
  /** Rows of the last so many seconds before `at` (an SQL expression, unix seconds). */
  since: (at: string, seconds: number) => string;
  until: (at: string) => string;
  /** Newest item among the rows, unix seconds. */
  newest: string;
}

/** Windows up to this are read from the rollup of five seconds, exactly; longer ones from whole minutes. */
const FINE_MS = 3_600_000;
/** The past up to this is read from the rollup of five seconds, too. */
const FINE_BEFORE_MS = 86_400_000;
const MINUTE_MS = 60_000;

const slots = (name: string, form: Table['form']): Table => ({
  name,
  form,
  since: (at, seconds) => `Slot > toDateTime(${at} - ${seconds})`,
  until: (at) => `Slot <= toDateTime(${at})`,
  newest: 'Slot',
});

/** Whole minutes: the last one that is over at that time, and so many before it. */
const minutes = (name: string, form: Table['form']): Table => ({
  name,
  form,
  since: (at, seconds) => `Minute >= toDateTime(intDiv(${at}, 60) * 60 - ${Math.ceil(seconds / 60) * 60})`,
  until: (at) => `Minute < toDateTime(intDiv(${at}, 60) * 60)`,
  newest: 'Minute + 60',
});

/** Half open at the end as the rollups' slots are: an item on the boundary belongs to the window after it. */
const items = (name: string, time: string): Table => ({
  name,
  form: 'items',
  since: (at, seconds) => `${time} >= toDateTime(${at} - ${seconds})`,
  until: (at) => `${time} < toDateTime(${at})`,
  newest: `toDateTime(${time})`,
});

/** A point on the boundary belongs to the window that ends there. */
const points = (kind: MetricKind, form: Table['form']): Table => ({
  name: `otel_metrics_${kind}`,
  form,
  since: (at, seconds) => `TimeUnix > toDateTime64(${at} - ${seconds}, 9)`,
  until: (at) => `TimeUnix <= toDateTime64(${at}, 9)`,
  newest: 'toDateTime(TimeUnix)',
});

const DEPLOYS: Table = {
  name: 'service_seen',
  form: 'deploys',
  since: () => '1',
  until: (at) => `First <= toDateTime64(${at}, 3)`,
  newest: 'First',
};

/** The table for a read; null when there is none of that metric yet. @throws Error with what to write instead */
export function tableOf(read: Read, kindOf: (metric: string) => MetricKind): Table | null {
  switch (read.source) {
    case 'spans':
      if (needsItems(read)) return items('otel_traces', 'Timestamp');
      return isFine(read) ? slots('span_red_5s', 'rollup') : minutes('span_red_1m', 'rollup');
    case 'logs':
      if (needsItems(read)) return items('otel_logs', 'TimestampTime');
      return isFine(read) ? slots('log_counts_5s', 'counts') : minutes('log_counts_1m', 'counts');
    case 'deploys':
      return DEPLOYS;
    case 'slo':
      return minutes('slo_1m FINAL', 'slos');
    case 'metric':
      return metricTable(read, kindOf(read.metric));
  }
}

const isFine = ({ window, before, every }: Read): boolean =>
  window % MINUTE_MS !== 0 || (every === 0 && window <= FINE_MS && before <= FINE_BEFORE_MS);

/** Whether a condition or label is none that the rollups have. */
function needsItems({ source, where, by, measure }: Read): boolean {
  const outcome = OUTCOMES[source];
  const isSummed = (label: string) => label === outcome && isOutcomeSummed(source, where, label, measure);
  const labels = [...where.map(({ key }) => key).filter((key) => !isSummed(key)), ...by];
  return labels.some((label) => !isRolledUp(source, label));
}

/** The span rollup sums requests and errors; any other question about a status needs the spans. */
function isOutcomeSummed(
  source: Read['source'],
  where: Read['where'],
  label: string,
  measure: string,
): boolean {
  if (source !== 'spans') return false;
  const conditions = where.filter(({ key }) => key === label);
  return (
    measure[0] !== 'p' &&
    conditions.length === 1 &&
    (conditions[0]!.op === '=' || conditions[0]!.op === '!=') &&
    conditions[0]!.values.length === 1 &&
    conditions[0]!.values[0]!.toLowerCase() === 'error'
  );
}

function metricTable({ metric, measure }: Read, kind: MetricKind): Table | null {
  const isChange = measure === 'increase' || measure === 'rate';
  switch (kind) {
    case '':
      return null;
    case 'gauge':
    case 'sum':
      return points(kind, isChange ? 'increases' : 'points');
    case 'histogram':
      refuse(metric, measure);
      return points(kind, 'buckets');
    case 'exponential_histogram':
      refuse(metric, measure);
      return points(kind, 'exponential');
    case 'summary':
      throw new Error(`"${metric}" is a summary, which rules cannot read; send it as a histogram`);
  }
}

function refuse(metric: string, measure: string): void {
  if (measure === 'last' || measure === 'min' || measure === 'max')
    throw new Error(
      `"${metric}" is a histogram: "${measure}" says nothing of it, use avg or a quantile like p95`,
    );
}
