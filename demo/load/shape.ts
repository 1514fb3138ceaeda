/** How many visitors come: a load that breathes over minutes. */

/** Seconds from one high tide to the next. */
const PERIOD_S = 180;
/** Share of the normal load that the tide takes and gives. */
const TIDE = 0.2;
/** Share that chance takes and gives on top, for some seconds each. */
const NOISE = 0.15;
const NOISE_STEP_S = 7;

/**
 * Visitors per second at a moment: `normal × times × (1 + tide + noise)`.
 * @param seconds since the start
 * @param noise a number in [0, 1) for each step of 7 s, always the same for the same step
 */
export function visitorsPerSecond(
  seconds: number,
  normal: number,
  times: number,
  noise: (step: number) => number,
): number {
  const tide = TIDE * Math.sin((2 * Math.PI * seconds) / PERIOD_S);
  const step = Math.floor(seconds / NOISE_STEP_S);
  const part = seconds / NOISE_STEP_S - step;
  const level = noise(step) * (1 - part) + noise(step + 1) * part;
  return normal * times * (1 + tide + NOISE * (2 * level - 1));
}

/** Seconds until the next visitor of a Poisson process; `chance` in [0, 1). Infinity when nobody comes. */
export const secondsToNext = (perSecond: number, chance: number): number =>
  perSecond > 0 ? -Math.log(1 - chance) / perSecond : Number.POSITIVE_INFINITY;
