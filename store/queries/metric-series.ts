import { Problem } from '../../base/errors.ts';
import {
  type Aggregation,
  aggregationsOf,
  type MetricForm,
  type MetricSeries,
  type SeriesView,
} from '../../model/metric.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine, Params } from '../engine.ts';
import { type AttributeFilter, attributeConditions } from './attributes.ts';
import { explicitQuantile, exponentialQuantile } from './histogram.ts';
import {
  exponentialIncreases,
  histogramIncreases,
  increases,
  STALE_S,
  summaryIncreases,
  TABLE,
  values,
} from './metric-points.ts';
import { type MinuteGrid, minuteGrid } from './window.ts';

export interface SeriesQuestion {
  range: TimeRange;
  env: string;
  name: string;
  form: MetricForm;
  service?: string | undefined;
  /** Default: the first that the form has. */
  aggregation?: Aggregation | undefined;
  /** Attribute of the point, else of its resource; `service` for the service; '' for one series. */
  by: string;
  attributes: readonly AttributeFilter[];
}

const SLOTS = 120;
/** Groups drawn; the rest is "other". */
const TOP = 8;
const MAX_ROWS = 100_000;
const MAX_KEYS = 100;

interface Row {
  slot: number;
  grp: string;
  value?: number | null;
  keys?: number[];
  counts?: number[];
  /** All upper bounds there are, also of empty buckets. */
  bounds?: number[];
}

/** One metric over time, by an attribute. @throws Problem `invalid_parameter` when there are too many groups to tell apart */
export async function readSeries(engine: Engine, question: SeriesQuestion): Promise<SeriesView> {
  const { range, name, form } = question;
  const grid = minuteGrid(range, SLOTS);
  const possible = aggregationsOf(form);
  const aggregation = question.aggregation ?? possible[0]!;
  if (!possible.includes(aggregation))
    throw new Problem(
      'invalid_parameter',
      `agg: of a ${form.kind} there is ${possible.join(', ')}, not ${aggregation}`,
    );
  const { where, params } = conditionsOf(question, grid);
  const [rows, keys] = await Promise.all([
    engine.query<Row>(sqlOf(question, aggregation, where), params),
    readKeys(engine, question, where, params),
  ]);
  if (rows.length >= MAX_ROWS)
    throw new Problem(
      'invalid_parameter',
      `by: "${question.by.slice(0, 80)}" has too many values to tell apart`,
    );
  const quantile = Number(aggregation.slice(1)) / 100;
  const valueIn = ({ value, keys, counts, bounds }: Row): number | null => {
    if (keys === undefined) return value ?? null;
    if (bounds === undefined) return exponentialQuantile(keys, counts!, quantile);
    const found = new Map(keys.map((key, i) => [key, counts![i]!]));
    return explicitQuantile(
      bounds,
      bounds.map((bound) => found.get(bound) ?? 0),
      quantile,
    );
  };
  const all = assemble(rows, valueIn, grid.slots);
  const isAdditive = aggregation === 'rate' || aggregation === 'sum';
  const rest = all.slice(TOP);
  return {
    name,
    form,
    aggregation,
    range: { from: grid.start * 1_000, to: grid.end * 1_000 },
    stepMs: grid.step * 1_000,
    series: all.slice(0, TOP),
    others: { groups: rest.length, values: isAdditive && rest.length > 0 ? sumOf(rest, grid.slots) : null },
    keys,
  };
}

function conditionsOf({ env, name, form, service, by, attributes }: SeriesQuestion, grid: MinuteGrid) {
  const having = attributeConditions(attributes, ['Attributes', 'ResourceAttributes']);
  const params: Params = {
    ...having.params,
    env,
    name,
    by,
    unit: form.unit,
    services: service === undefined || service === '' ? form.services : [service],
    since: grid.start,
    until: grid.end,
    step: grid.step,
  };
  const where = [
    'ServiceName IN {services:Array(String)}',
    'MetricName = {name:String}',
    'MetricUnit = {unit:String}',
    `toStartOfHour(TimeUnix) >= toStartOfHour(toDateTime({since:UInt32} - ${STALE_S}))`,
    `TimeUnix >= toDateTime({since:UInt32} - ${STALE_S})`,
    'TimeUnix < toDateTime({until:UInt32})',
    `({env:String} = '' OR Environment = {env:String})`,
    ...(form.kind === 'sum' ? [`IsMonotonic = ${form.monotonic}`] : []),
    ...having.conditions,
  ].join(' AND ');
  return { where, params };
}

const SLOT = 'toUInt32(intDiv(toUnixTimestamp(TimeUnix) - {since:UInt32}, {step:UInt32})) AS slot';
const IN_CHART = 'TimeUnix >= toDateTime({since:UInt32})';

function sqlOf({ form, by }: SeriesQuestion, aggregation: Aggregation, where: string): string {
  const group = `${groupSql(by)} AS grp`;
  const select = (value: string, from: string) =>
    `SELECT ${SLOT}, ${group}, ${value} FROM ${from} WHERE ${IN_CHART} GROUP BY slot, grp LIMIT ${MAX_ROWS}`;
  const isQuantile = /^p\d\d$/.test(aggregation);
  const q = Number(aggregation.slice(1)) / 100;
  if (form.kind === 'sum' && form.monotonic)
    return select('sum(Increase) / {step:UInt32} AS value', increases(where));
  if (form.kind === 'gauge' || form.kind === 'sum') {
    const points = values(TABLE[form.kind], where);
    if (aggregation === 'sum')
      return `SELECT slot, grp, sum(mean) AS value FROM (
        SELECT ${SLOT}, any(${groupSql(by)}) AS grp, avg(Value) AS mean FROM ${points} WHERE ${IN_CHART} GROUP BY slot, ServiceName, SeriesId
      ) GROUP BY slot, grp LIMIT ${MAX_ROWS}`;
    return select(`${isQuantile ? `quantileExact(${q})` : aggregation}(Value) AS value`, points);
  }
  if (form.kind === 'summary' && isQuantile)
    return select(
      `maxIf(QuantileValues[indexOf(Quantiles, ${q})], has(Quantiles, ${q})) AS largest, if(countIf(has(Quantiles, ${q})) = 0, NULL, largest) AS value`,
      summaryIncreases(where),
    );
  const increased =
    form.kind === 'histogram'
      ? histogramIncreases(where)
      : form.kind === 'summary'
        ? summaryIncreases(where)
        : exponentialIncreases(where);
  if (aggregation === 'rate') return select('sum(DCount) / {step:UInt32} AS value', increased);
  if (aggregation === 'avg')
    return select('if(sum(DCount) > 0, sum(DSum) / sum(DCount), NULL) AS value', increased);
  // sumMap leaves out what is 0, but where a full bucket begins is told by the empty one below it.
  const bounds = form.kind === 'histogram' ? ', arraySort(groupUniqArrayArray(DKeys)) AS bounds' : '';
  return select(`(sumMap(DKeys, DCounts) AS merged).1 AS keys, merged.2 AS counts${bounds}`, increased);
}

/** Bound, because it comes from outside; the maps are looked into by it. */
function groupSql(by: string): string {
  if (by === '') return `''`;
  if (by === 'service') return 'toString(ServiceName)';
  return `toString(if(mapContains(Attributes, {by:String}), Attributes[{by:String}], ResourceAttributes[{by:String}]))`;
}

async function readKeys(
  engine: Engine,
  question: SeriesQuestion,
  where: string,
  params: Params,
): Promise<string[]> {
  const [row] = await engine.query<{ keys: string[] }>(
    `SELECT arraySort(groupUniqArrayArray(${MAX_KEYS})(arrayConcat(mapKeys(Attributes), mapKeys(ResourceAttributes)))) AS keys
     FROM (SELECT Attributes, ResourceAttributes FROM ${TABLE[question.form.kind]} WHERE ${where} LIMIT 5000)`,
    params,
  );
  return row?.keys ?? [];
}

function assemble(rows: readonly Row[], read: (row: Row) => number | null, slots: number): MetricSeries[] {
  const groups = new Map<string, MetricSeries>();
  for (const row of rows) {
    if (row.slot >= slots) continue;
    const series = groups.get(row.grp) ?? {
      group: row.grp,
      values: new Array<number | null>(slots).fill(null),
    };
    series.values[row.slot] = read(row);
    groups.set(row.grp, series);
  }
  const size = ({ values: all }: MetricSeries) =>
    all.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0);
  return [...groups.values()].sort((a, b) => size(b) - size(a) || (a.group < b.group ? -1 : 1));
}

function sumOf(series: readonly MetricSeries[], slots: number): (number | null)[] {
  return Array.from({ length: slots }, (_, at) => {
    const there = series.flatMap(({ values: all }) => all[at] ?? []);
    return there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0);
  });
}
