/** States that are looked at: 20 possible changes. */
const STATES = 21;
const CHANGES = STATES - 1;
const OLDEST_WEIGHT = 0.75;
const NEWEST_WEIGHT = 1.25;
const ON_PERCENT = 20;
const OFF_PERCENT = 5;

export interface Flap {
  /** Unix ms of the ticks at which it began or ceased to fire, oldest first. Those that no longer count may still be there. */
  changes: readonly number[];
  flapping: boolean;
}

/**
 * Nagios' flap detection (base/flapping.c, `check_for_service_flapping`): each change among the last 21 states weighs
 * from 0.75 (oldest) to 1.25 (newest); from 20 % of 20 changes on it flaps, below 5 % it does no longer. Before its
 * first state it was quiet. Moments and not states are kept, so that what stays as it is has nothing to write.
 * @param changed whether it began or ceased to fire at t @param every of the rule: states are so many ms apart
 */
export function addState({ changes, flapping }: Flap, changed: boolean, t: number, every: number): Flap {
  const next = changed ? [...changes.filter((at) => t - at < CHANGES * every), t] : changes;
  const percent = changePercent(next, t, every);
  if (percent >= ON_PERCENT) return { changes: next, flapping: true };
  return { changes: next, flapping: flapping && percent >= OFF_PERCENT };
}

/** Weighted share of changes among the states up to t in per cent, 0 to 100. */
export function changePercent(changes: readonly number[], t: number, every: number): number {
  const slope = (NEWEST_WEIGHT - OLDEST_WEIGHT) / (CHANGES - 1);
  let weight = 0;
  for (const at of changes) {
    const age = (t - at) / every;
    if (age < CHANGES) weight += NEWEST_WEIGHT - slope * age;
  }
  return (100 * weight) / CHANGES;
}
