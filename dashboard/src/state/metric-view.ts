/** The metric that is looked at, as it stands in the URL. */
import {
  AGGREGATIONS,
  type Aggregation,
  aggregationsOf,
  METRIC_KINDS,
  type MetricForm,
  type MetricKind,
} from '../../../model/metric.ts';
import { type Attribute, attributeOf } from './filters.ts';
import type { Params } from './routes.ts';

export interface MetricChoice {
  name: string;
  /** Which form, where a name has several; '' for the newest. */
  kind: MetricKind | '';
  /** Null for any: '' is a unit too. */
  unit: string | null;
  service: string;
  aggregation: Aggregation | '';
  by: string;
  attributes: readonly Attribute[];
}

export function metricChoiceOf(params: URLSearchParams): MetricChoice {
  const text = (name: string) => params.get(name) ?? '';
  return {
    name: text('name'),
    kind: METRIC_KINDS.find((kind) => kind === params.get('kind')) ?? '',
    unit: params.get('unit'),
    service: text('service'),
    aggregation: AGGREGATIONS.find((each) => each === params.get('agg')) ?? '',
    by: text('by'),
    attributes: params.getAll('f').flatMap((each) => attributeOf(each) ?? []),
  };
}

/** The choice as parameters of the URL and of the API, which take the same ones. */
export function metricParamsOf(choice: MetricChoice): Params {
  return {
    name: choice.name,
    kind: choice.kind,
    unit: choice.unit ?? undefined,
    service: choice.service,
    agg: choice.aggregation,
    by: choice.by,
    f: choice.attributes.map(({ key, value }) => `${key}:${value}`),
  };
}

/** The same aggregation if the form has it, else its own first. */
export function aggregationFor(form: MetricForm, wanted: Aggregation | ''): Aggregation | '' {
  return wanted !== '' && aggregationsOf(form).includes(wanted) ? wanted : '';
}

export const KIND_WORDS: Readonly<Record<MetricKind, string>> = {
  gauge: 'gauge',
  sum: 'sum',
  histogram: 'histogram',
  exponential_histogram: 'exponential histogram',
  summary: 'summary',
};

export function formWords({ kind, unit, monotonic }: MetricForm): string {
  const words = kind === 'sum' && monotonic ? 'counter' : KIND_WORDS[kind];
  return unit === '' ? words : `${words} in ${unit}`;
}
