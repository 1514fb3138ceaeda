import type { Slots } from '../../model/probes.ts';
import type { MinuteGrid } from './window.ts';

/** Slots of one probe at one location in one slice of the trend. */
export interface SlotRow extends Slots {
  name: string;
  location: string;
  /** Which slice. */
  at: number;
  /** Its earliest slot, unix milliseconds. */
  first: number;
  /** Where slots are missing before one of this slice: the slot before, the slot after, and the interval, milliseconds. */
  gaps: [before: number, after: number, every: number][];
}

/** The newest slot before something, unix milliseconds, with its interval. */
export interface Stretch {
  name: string;
  location: string;
  last: number;
  every: number;
}

/** Bounds what a clock that jumped can cost; a week of five-second slots is less. */
const MAX_UNSEEN = 150_000;

/** Counts slots by probe and slice. */
export interface SlotTable {
  /** A slot of which nothing is known. */
  blind(name: string, slot: number): void;
  trendOf(name: string): Slots[];
  totalOf(name: string): Slots;
}

/** What was written down, with the gaps between. */
export function slotsOf(rows: readonly SlotRow[], { start, step, slots: slices }: MinuteGrid): SlotTable {
  const byName = new Map<string, Slots[]>();
  const trendOf = (name: string): Slots[] => {
    let trend = byName.get(name);
    if (trend === undefined) {
      trend = Array.from({ length: slices }, () => ({ up: 0, down: 0, blind: 0 }));
      byName.set(name, trend);
    }
    return trend;
  };
  const blind = (name: string, slot: number) => {
    // As the query does it: what lies in the minute the range begins in belongs to the first slice.
    const slice = trendOf(name)[Math.max(0, Math.floor((slot / 1_000 - start) / step))];
    if (slice) slice.blind++;
  };
  for (const { name, at, up, down, blind: unknown, gaps } of rows) {
    const slice = trendOf(name)[at];
    if (slice) {
      slice.up += up;
      slice.down += down;
      slice.blind += unknown;
    }
    for (const [before, after, every] of gaps)
      for (const slot of unseen(before, after, every)) blind(name, slot);
  }
  const totalOf = (name: string): Slots =>
    trendOf(name).reduce((sum, { up, down, blind }) => ({
      up: sum.up + up,
      down: sum.down + down,
      blind: sum.blind + blind,
    }));
  return { blind, trendOf, totalOf };
}

/**
 * The slots between two that are known, both left out; unix milliseconds. A change of the interval moves the grid, so
 * one that lies closer than half an interval to the next known one is that one.
 * @param from earlier ones are not asked for
 */
export function* unseen(before: number, after: number, every: number, from = before): Generator<number> {
  if (!(every > 0)) return;
  const skipped = Math.max(0, Math.ceil((from - before) / every) - 1);
  let slot = before + (skipped + 1) * every;
  for (let n = 0; slot <= after - every / 2 && n < MAX_UNSEEN; n++, slot += every) yield slot;
}
