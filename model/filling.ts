/** When something that fills up will be full: a steady trend of its hourly peaks, or no number. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LEAST_HISTORY_MS = 3 * DAY_MS;
const LEAST_POINTS = 24;
/** It was emptied when use fell by so much below what it had been. */
const EMPTIED = 0.1;
/** Slopes that differ more than this, 10 % against 90 % of them, are no trend. */
const STEADY = 4;
/** Later than this is not worth a number. */
const FAR_DAYS = 365;

export interface HourlyPeak {
  /** Unix ms. */
  at: number;
  /** 0..1 */
  use: number;
}

export type FullIn =
  | { known: true; days: number; earliest: number; latest: number }
  /** `short`: under 3 days of history; `emptied`: it was cleaned up in that time; `far`: it fills, in more than a year. */
  | { known: false; why: 'no-limit' | 'short' | 'emptied' | 'unsteady' | 'not-filling' | 'far' };

/**
 * Theil–Sen (Sen 1968, JASA 63): the median of the slopes between all pairs, in use per ms, and the 10 % and 90 %
 * quantiles of them. Null without a pair.
 */
export function theilSen(
  points: readonly HourlyPeak[],
): { slope: number; low: number; high: number; level: (at: number) => number } | null {
  const slopes: number[] = [];
  points.forEach((from, i) => {
    for (const to of points.slice(i + 1))
      if (to.at !== from.at) slopes.push((to.use - from.use) / (to.at - from.at));
  });
  if (slopes.length === 0) return null;
  const slope = quantile(slopes, 0.5);
  const base = quantile(
    points.map(({ at, use }) => use - slope * at),
    0.5,
  );
  return {
    slope,
    low: quantile(slopes, 0.1),
    high: quantile(slopes, 0.9),
    level: (at) => base + slope * at,
  };
}

/** @param peaks hourly, oldest first, of the last seven days @param now unix ms from which the days count */
export function fullIn(peaks: readonly HourlyPeak[], now: number): FullIn {
  const [first, last] = [peaks[0], peaks.at(-1)];
  if (!first || !last || peaks.length < LEAST_POINTS || last.at - first.at < LEAST_HISTORY_MS)
    return { known: false, why: 'short' };
  let highest = 0;
  for (const { use } of peaks) {
    if (use < highest - EMPTIED) return { known: false, why: 'emptied' };
    highest = Math.max(highest, use);
  }
  // From the first peak on: unix times squared away the digits that matter.
  const trend = theilSen(peaks.map(({ at, use }) => ({ at: at - first.at, use })))!;
  const left = 1 - trend.level(now - first.at);
  const days = (slope: number) => Math.max(0, left) / slope / DAY_MS;
  if (trend.slope <= 0 || days(trend.slope) > 10 * FAR_DAYS) return { known: false, why: 'not-filling' };
  if (trend.low <= 0 || trend.high > STEADY * trend.low) return { known: false, why: 'unsteady' };
  if (days(trend.slope) > FAR_DAYS) return { known: false, why: 'far' };
  return { known: true, days: days(trend.slope), earliest: days(trend.high), latest: days(trend.low) };
}

/** Nearest rank; null without values. @param q 0..1 */
export function quantileOf(values: readonly number[], q: number): number | null {
  return values.length === 0 ? null : quantile(values, q);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}
