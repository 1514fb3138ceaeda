/** Quantiles of histograms whose increases the engine has added up by bucket. */
import { MAX_SCALE, ZERO_KEY } from './metric-points.ts';

/** Above this a bound stands for +Inf. */
const INFINITE = 1e308;
const SCALE_UNIT = 1_000_000_000;

/**
 * As Prometheus' histogram_quantile: linear within a bucket, from 0 in the first when its bound is positive, the highest
 * finite bound when the rank lies beyond it. Null without counts.
 * @param bounds upper bounds, ascending, all there are: an empty bucket's too
 */
export function explicitQuantile(
  bounds: readonly number[],
  counts: readonly number[],
  q: number,
): number | null {
  const total = counts.reduce((sum, count) => sum + Math.max(0, count), 0);
  if (!(total > 0)) return null;
  let seen = 0;
  for (const [i, upper] of bounds.entries()) {
    const count = Math.max(0, counts[i]!);
    if (seen + count < q * total || count === 0) {
      seen += count;
      continue;
    }
    if (upper >= INFINITE) return i > 0 ? bounds[i - 1]! : null;
    const lower = i > 0 ? bounds[i - 1]! : Math.min(0, upper);
    return lower + (upper - lower) * ((q * total - seen) / count);
  }
  const finite = bounds.filter((bound) => bound < INFINITE);
  return finite.at(-1) ?? null;
}

/** Nearest rank, geometric middle of the bucket; 0 for the zero bucket, which also has what is negative. Null without counts. */
export function exponentialQuantile(
  keys: readonly number[],
  counts: readonly number[],
  q: number,
): number | null {
  const buckets = keys
    .map((key, i) => ({ value: middle(key), count: Math.max(0, counts[i]!) }))
    .sort((a, b) => a.value - b.value);
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  if (!(total > 0)) return null;
  let seen = 0;
  for (const { value, count } of buckets) {
    seen += count;
    if (count > 0 && seen >= q * total * (1 - 1e-12)) return value;
  }
  return null;
}

/** Of a key as `exponentialIncreases` makes it. */
function middle(key: number): number {
  if (key === ZERO_KEY) return 0;
  const coarser = Math.round(key / SCALE_UNIT);
  const index = key - coarser * SCALE_UNIT;
  return 2 ** ((index + 0.5) / 2 ** (MAX_SCALE - coarser));
}
