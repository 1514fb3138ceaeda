/** Windows of a table reduced to numbers: the meaning that the store's SQL is held to. */
import type { Labels, Sample } from '../../model/signal.ts';
import { lastPoint, pointsBetween, type Series, type Source, selectGroups, type Table } from './table.ts';

/** Prometheus' staleness: an older point is no neighbour to count from. */
const STALE_MS = 300_000;

/** One group over (t − window, t]. Null where its points say nothing. */
export interface Reduced extends Sample {
  /** JSON of the values of its labels. */
  key: string;
  labels: Labels;
}

/** Groups with anything in the window; an empty window gives none. */
export function reduceSource(table: Table, source: Source, t: number): Reduced[] {
  return [...selectGroups(table, source)].flatMap(([key, { labels, series }]) => {
    const reduced =
      source.kind === 'metric' ? reduceMetric(series, source, t) : reduceEvents(series, source, t);
    return reduced.count === 0 ? [] : [{ key, labels, ...reduced }];
  });
}

interface Reduction {
  value: number | null;
  count: number;
}

function reduceEvents(
  series: readonly Series[],
  source: Exclude<Source, { kind: 'metric' }>,
  t: number,
): Reduction {
  const weighted = series.map(({ durationMs, points }) => ({
    value: durationMs,
    weight: sum(pointsBetween(points, t - source.window, t).map(({ value }) => value)),
  }));
  const count = weighted.reduce((sum, { weight }) => sum + weight, 0);
  if (source.measure === 'count') return { value: count, count };
  if (source.measure === 'rate') return { value: count / (source.window / 1_000), count };
  return { value: weightedQuantile(weighted, quantileOf(source.measure)), count };
}

function reduceMetric(
  series: readonly Series[],
  source: Extract<Source, { kind: 'metric' }>,
  t: number,
): Reduction {
  const windows = series.map(({ points }) => pointsBetween(points, t - source.window, t));
  const points = windows.flat().filter(({ value }) => Number.isFinite(value));
  const count = points.length;
  const values = points.map(({ value }) => value);
  switch (source.reduce) {
    case 'count':
      return { value: count, count };
    case 'increase':
    case 'rate': {
      const grown = series.flatMap((one) => increaseOf(one, source.window, t) ?? []);
      const increase = grown.length === 0 ? null : sum(grown);
      return {
        value: increase !== null && source.reduce === 'rate' ? increase / (source.window / 1_000) : increase,
        count,
      };
    }
    case 'last':
      return { value: latest(points), count };
    case 'avg':
      return { value: count === 0 ? null : sum(values) / count, count };
    case 'sum':
      return { value: count === 0 ? null : sum(values), count };
    case 'min':
    case 'max':
      return { value: count === 0 ? null : Math[source.reduce](...values), count };
    default:
      return { value: quantile(values, quantileOf(source.reduce)), count };
  }
}

/**
 * How much a cumulative counter grew over the steps that end in (t − window, t]. The step into the window counts, so
 * windows side by side add up, if its beginning is less than `STALE_MS` before; a fall is a restart from 0. A series
 * that is born in the window has no step to its first point: null, when there is none at all.
 */
function increaseOf({ points }: Series, window: number, t: number): number | null {
  const known = points.filter(({ value }) => Number.isFinite(value));
  const inside = pointsBetween(known, t - window, t);
  const before = lastPoint(known, t - window, t - window - STALE_MS);
  const steps = before ? [before, ...inside] : inside;
  if (steps.length < 2) return null;
  return sum(
    steps.slice(1).map(({ value }, i) => (value >= steps[i]!.value ? value - steps[i]!.value : value)),
  );
}

/** Of points at one time the greatest, so that the answer does not hang on their order. */
function latest(points: readonly { t: number; value: number }[]): number | null {
  const time = points.reduce((newest, point) => Math.max(newest, point.t), -Infinity);
  return points.reduce<number | null>(
    (best, point) => (point.t === time && (best === null || point.value > best) ? point.value : best),
    null,
  );
}

/** Between the two nearest values in proportion, as ClickHouse's `quantileExactInclusive`. */
function quantile(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return low + (high - low) * (place - Math.floor(place));
}

/** The least value that the share `q` of the weight does not exceed. */
export function weightedQuantile(
  values: readonly { value: number; weight: number }[],
  q: number,
): number | null {
  const sorted = values.filter(({ weight }) => weight > 0).sort((a, b) => a.value - b.value);
  const total = sorted.reduce((all, { weight }) => all + weight, 0);
  let below = 0;
  for (const { value, weight } of sorted) {
    below += weight;
    if (below >= q * total) return value;
  }
  return null;
}

/** `p95` is 0.95, `p99.9` is 0.999. */
export function quantileOf(measure: string): number {
  return Number(`${measure.slice(1)}e-2`);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
