/**
 * Latency from exponential histogram buckets at scale 3 (OTel data model, "Exponential Histogram"): bucket i holds
 * durations in (2^(i/8), 2^((i+1)/8)] nanoseconds, so a bucket's geometric middle is off by at most 4.4 %.
 */
const SCALE = 8;

export interface Bucket {
  index: number;
  /** Requests in the bucket; may be fractional, for sampled traces are weighted. */
  count: number;
}

/** Geometric middle of a bucket in milliseconds. */
export function bucketMiddleMs(index: number): number {
  return 2 ** ((index + 0.5) / SCALE) / 1e6;
}

/**
 * The q-quantile in milliseconds, nearest rank over merged buckets; null without requests.
 * @param buckets in ascending order of index
 * @param q 0..1
 */
export function quantileMs(buckets: readonly Bucket[], q: number): number | null {
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  if (total <= 0) return null;
  let seen = 0;
  for (const bucket of buckets) {
    seen += bucket.count;
    if (seen >= q * total * (1 - 1e-12)) return bucketMiddleMs(bucket.index);
  }
  return bucketMiddleMs(buckets.at(-1)!.index);
}

/** Assumed until a service has a target of its own. */
const APDEX_T_MS = 500;

/**
 * Apdex (Apdex Technical Specification 1.1): (n(d ≤ T) + ½ n(T < d ≤ 4T)) / n; what failed counts as frustrated. Null
 * without requests; exact to a bucket.
 */
export function apdexOf(
  buckets: readonly (Bucket & { errors: number })[],
  targetMs: number = APDEX_T_MS,
): number | null {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  if (total <= 0) return null;
  const satisfied = buckets.reduce((sum, { index, count, errors }) => {
    const ms = bucketMiddleMs(index);
    return sum + (ms <= targetMs ? count - errors : ms <= 4 * targetMs ? (count - errors) / 2 : 0);
  }, 0);
  return satisfied / total;
}

/** Requests, errors and percentiles of a set of buckets. */
export function redOf(buckets: readonly (Bucket & { errors: number })[]) {
  const ascending = [...buckets].sort((a, b) => a.index - b.index);
  return {
    requests: ascending.reduce((sum, bucket) => sum + bucket.count, 0),
    errors: ascending.reduce((sum, bucket) => sum + bucket.errors, 0),
    p50: quantileMs(ascending, 0.5),
    p95: quantileMs(ascending, 0.95),
    p99: quantileMs(ascending, 0.99),
  };
}
