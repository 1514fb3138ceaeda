/** States that are looked at: 20 possible changes. */
const STATES = 21;
const OLDEST_WEIGHT = 0.75;
const NEWEST_WEIGHT = 1.25;
const ON_PERCENT = 20;
const OFF_PERCENT = 5;

export interface Flap {
  /** Oldest first, at most 21: '1' where it fired. */
  history: string;
  flapping: boolean;
}

/**
 * Nagios' flap detection (base/flapping.c, `check_for_service_flapping`): each change among the last 21 states weighs
 * from 0.75 (oldest) to 1.25 (newest); from 20 % of 20 changes on it flaps, below 5 % it does no longer. A history that
 * is still short counts as if it had been quiet before.
 */
export function addState({ history, flapping }: Flap, firing: boolean): Flap {
  const next = (history + (firing ? '1' : '0')).slice(-STATES);
  const percent = changePercent(next);
  if (percent >= ON_PERCENT) return { history: next, flapping: true };
  return { history: next, flapping: flapping && percent >= OFF_PERCENT };
}

/** Weighted share of changes in per cent, 0 to 100. */
export function changePercent(history: string): number {
  const slope = (NEWEST_WEIGHT - OLDEST_WEIGHT) / (STATES - 2);
  const missing = STATES - history.length;
  let changes = 0;
  for (let i = 1; i < history.length; i++)
    if (history[i] !== history[i - 1]) changes += OLDEST_WEIGHT + slope * (missing + i - 1);
  return (100 * changes) / (STATES - 1);
}
