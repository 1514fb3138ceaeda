import { createHash } from 'node:crypto';

/**
 * The schedule is an absolute grid: a slot is a moment that everybody can compute, whoever was restarted when. Each
 * probe is moved by a jitter of its own that never changes, so that they do not all start at the full minute.
 */
export interface Grid {
  /** Milliseconds between two slots. */
  every: number;
  /** Milliseconds after a multiple of `every`, less than it. */
  offset: number;
}

/** The grid of a probe at a location. */
export function gridOf(name: string, location: string, every: number): Grid {
  const hash = createHash('sha256').update(`${name}\0${location}`).digest();
  return { every, offset: hash.readUIntBE(0, 6) % every };
}

/** The newest slot that has begun at `time`; unix milliseconds. */
export function slotAt({ every, offset }: Grid, time: number): number {
  return Math.floor((time - offset) / every) * every + offset;
}
