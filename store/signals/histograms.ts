/** Quantiles of histogram points that were merged by the engine. */

/** What stands for +Inf as an upper bound: JSON has none. */
export const INFINITE_BOUND = Number.MAX_VALUE;
/** Exponential buckets are merged at this scale at most: relative error ≤ 4.4 %, as the span rollup's. */
export const MAX_SCALE = 3;
/** A bucket's key is scale and index in one number; keys of negative values are negative, 0 is the zero bucket. */
const SCALE_OFFSET = 32;
const SCALE_UNIT = 2 ** 33;
const INDEX_OFFSET = 2 ** 31;

/**
 * As Prometheus' histogram_quantile: linear within a bucket, from 0 in the first when its bound is positive; the highest
 * finite bound when the rank lies beyond it. Null without counts.
 * @param keys upper bounds that have counts, ascending; `INFINITE_BOUND` for the last
 * @param bounds all finite bounds, ascending
 */
export function explicitQuantile(
  keys: readonly number[],
  counts: readonly number[],
  bounds: readonly number[],
  q: number,
): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!(total > 0)) return null;
  const rank = q * total;
  let seen = 0;
  for (const [i, upper] of keys.entries()) {
    const count = counts[i]!;
    if (seen + count < rank && i < keys.length - 1) {
      seen += count;
      continue;
    }
    if (upper >= INFINITE_BOUND) return bounds.at(-1) ?? null;
    const below = bounds.filter((bound) => bound < upper).at(-1);
    const lower = below ?? Math.min(upper, 0);
    return lower + (upper - lower) * Math.min(1, (rank - seen) / count);
  }
  return null;
}

/** Nearest rank, geometric middle of the bucket. Null without counts. */
export function exponentialQuantile(
  keys: readonly number[],
  counts: readonly number[],
  q: number,
): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!(total > 0)) return null;
  const buckets = keys
    .map((key, i) => ({ value: bucketMiddle(key), count: counts[i]! }))
    .sort((a, b) => a.value - b.value);
  let seen = 0;
  for (const { value, count } of buckets) {
    seen += count;
    if (seen >= q * total * (1 - 1e-12)) return value;
  }
  return buckets.at(-1)!.value;
}

function bucketMiddle(key: number): number {
  if (key === 0) return 0;
  const size = Math.abs(key);
  const scale = Math.floor(size / SCALE_UNIT) - SCALE_OFFSET;
  const index = (size % SCALE_UNIT) - INDEX_OFFSET;
  return Math.sign(key) * 2 ** ((index + 0.5) * 2 ** -scale);
}

/** SQL of the key of a bucket. @param scale at most `MAX_SCALE` @param index of a bucket at that scale */
export const bucketKeySql = (scale: string, index: string): string =>
  `((toInt64(${scale}) + ${SCALE_OFFSET}) * ${SCALE_UNIT} + toInt64(${index}) + ${INDEX_OFFSET})`;
