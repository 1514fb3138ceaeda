/**
 * The value that a share of the values does not exceed, by the nearest rank (no interpolation: a p99 is a latency
 * somebody had). NaN for no values.
 * @param share 0 … 1
 */
export function percentile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  const rank = Math.ceil(share * sorted.length);
  return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1]!;
}

/** Rounded to this many decimals, for the `RESULT` line; null where there is nothing. */
export function rounded(value: number, decimals = 0): number | null {
  return Number.isFinite(value) ? Number(value.toFixed(decimals)) : null;
}
