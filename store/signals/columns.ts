/** How a read becomes a number in SQL: one pair of columns, value and count, and what is left to do with them. */
import { bucketMiddleMs } from '../queries/buckets.ts';
import { WEIGHT } from '../sampling.ts';
import { explicitQuantile, exponentialQuantile } from './histograms.ts';
import type { Read } from './reads.ts';
import type { Table } from './tables.ts';

/** SQL of what a read wants of each group of rows. */
export interface Column {
  /** A number or NULL. */
  value: string;
  /** Items or points that it rests on. */
  count: string;
  /** A tuple of arrays with the histogram, else none. */
  histogram?: string;
  text?: string;
}

/** A row's cells for one column. */
export interface Cell {
  value: number | null;
  histogram?: number[][];
}

/** Fixed point of weights, because the exact weighted quantile takes whole numbers. */
const WEIGHT_UNIT = 1_024;

const seconds = (ms: number): number => ms / 1_000;
const quantileOf = (measure: string): number | null =>
  /^p\d/.test(measure) ? Number(`${measure.slice(1)}e-2`) : null;

/**
 * @param filter rows of the read but for its outcome, in SQL
 * @param outcome rows with the wanted status or severity, in SQL; '' when all
 * @param onlyErrors the span rollup sums what the outcome asks for: true errors, false the others
 */
export function columnOf(
  read: Read,
  table: Table,
  filter: string,
  outcome: string,
  errors: boolean | null,
): Column {
  if (read.measure === 'seen')
    return {
      value: `toFloat64(toUnixTimestamp(maxIf(${table.newest}, ${and(filter, outcome)})))`,
      count: `countIf(${and(filter, outcome)})`,
    };
  switch (table.form) {
    case 'rollup':
      return rollupColumn(read, filter, errors);
    case 'counts':
      return { value: `sumIf(Records, ${and(filter, outcome)})`, count: `sumIf(Records, ${filter})` };
    case 'items':
      return itemColumn(read, filter, outcome);
    case 'points':
      return pointColumn(read.measure, filter);
    case 'increases':
      return { value: `sumIf(Increase, ${filter})`, count: `countIf(${filter})` };
    case 'buckets':
    case 'exponential':
      return histogramColumn(read.measure, table.form, filter);
    case 'slos':
      return {
        value: `sumIf(${read.measure === 'bad' ? 'Bad' : 'Valid'}, ${filter})`,
        count: `toUInt64(ceil(sumIf(Valid, ${filter})))`,
      };
    case 'deploys':
      return {
        value: `toFloat64(toUnixTimestamp64Milli(maxIf(First, ${filter}))) / 1000`,
        count: `countIf(${filter})`,
        text: `argMaxIf(ServiceVersion, (First, ServiceVersion), ${filter})`,
      };
  }
}

const and = (a: string, b: string): string => (b === '' ? a : `${a} AND ${b}`);

function rollupColumn({ measure }: Read, filter: string, errors: boolean | null): Column {
  const q = quantileOf(measure);
  const count = `sumIf(Spans, ${filter})`;
  if (q !== null)
    return {
      value: `toFloat64(quantileExactWeightedIf(${q})(Bucket, toUInt64(round(Requests * ${WEIGHT_UNIT})), ${filter}))`,
      count,
    };
  const summed = errors === null ? 'Requests' : errors ? 'Errors' : 'Requests - Errors';
  return { value: `sumIf(${summed}, ${filter})`, count };
}

function itemColumn({ source, measure }: Read, filter: string, outcome: string): Column {
  const wanted = and(filter, outcome);
  const q = quantileOf(measure);
  if (q !== null)
    return {
      value: `quantileExactWeightedIf(${q})(Duration, toUInt64(round(${WEIGHT} * ${WEIGHT_UNIT})), ${wanted}) / 1e6`,
      count: `countIf(${wanted})`,
    };
  return {
    value: source === 'spans' ? `sumIf(${WEIGHT}, ${wanted})` : `countIf(${wanted})`,
    count: `countIf(${filter})`,
  };
}

/** What a read wants of each series, to be put together as `mergeOf` says. */
export function seriesColumn(read: Read, table: Table, filter: string): Column {
  if (table.form === 'points' && read.measure === 'last')
    return {
      ...pointColumn('last', filter),
      text: `toUnixTimestamp64Nano(maxIf(TimeUnix, ${filter}))`,
    };
  const measure = read.measure === 'avg' ? 'sum' : read.measure;
  return columnOf({ ...read, measure }, table, filter, '', null);
}

function pointColumn(measure: string, filter: string): Column {
  const q = quantileOf(measure);
  const count = `countIf(${filter})`;
  if (q !== null) return { value: `quantileExactInclusiveIf(${q})(Value, ${filter})`, count };
  if (measure === 'last') return { value: `argMaxIf(Value, (TimeUnix, SeriesId, Value), ${filter})`, count };
  return { value: measure === 'count' ? count : `${measure}If(Value, ${filter})`, count };
}

function histogramColumn(measure: string, form: 'buckets' | 'exponential', filter: string): Column {
  const count = `sumIf(DCount, ${filter})`;
  const sum = `sumIf(DSum, ${filter} AND HasSum)`;
  if (measure === 'sum') return { value: sum, count };
  if (measure === 'avg') return { value: `${sum} / sumIf(DCount, ${filter} AND HasSum)`, count };
  if (quantileOf(measure) === null) return { value: count, count };
  const map = `sumMapIf(DKeys, DCounts, ${filter})`;
  const bounds = form === 'buckets' ? `arraySort(groupUniqArrayArrayIf(ExplicitBounds, ${filter}))` : '[]';
  return { value: 'NULL', count, histogram: `(${map}.1, ${map}.2, ${bounds})` };
}

/** The number a read gives, out of a row's cell; null for what is no number. */
export function finish(read: Read, table: Table, cell: Cell): number | null {
  const q = quantileOf(read.measure);
  if (q !== null && cell.histogram !== undefined) {
    const [keys, counts, bounds] = cell.histogram as [number[], number[], number[]];
    return table.form === 'buckets'
      ? explicitQuantile(keys, counts, bounds, q)
      : exponentialQuantile(keys, counts, q);
  }
  if (cell.value === null || !Number.isFinite(cell.value)) return null;
  if (q !== null && table.form === 'rollup') return bucketMiddleMs(cell.value);
  return read.measure === 'rate' ? cell.value / seconds(read.window) : cell.value;
}
