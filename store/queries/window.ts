import { type TimeRange, TREND_BUCKETS } from '../../model/service.ts';

const MINUTE_MS = 60_000;

/** The whole minutes that stand for a range over minute rollups, cut into the slots of a sparkline. */
export interface MinuteGrid {
  /** Unix seconds of the first minute. */
  start: number;
  /** Unix seconds after the last minute. */
  end: number;
  /** Seconds per slot, whole minutes. */
  step: number;
  /** At most as many as were asked for; a short range has fewer. */
  slots: number;
}

/**
 * As many whole minutes as the range is long, ending with the one `to` lies in: "the last hour" is 60 minutes of which
 * the last still grows, not 61.
 */
export function minuteGrid({ from, to }: TimeRange, most: number = TREND_BUCKETS): MinuteGrid {
  const end = Math.ceil(to / MINUTE_MS);
  const minutes = Math.max(1, Math.round((to - from) / MINUTE_MS));
  const step = Math.ceil(minutes / most);
  const slots = Math.ceil(minutes / step);
  return { start: (end - minutes) * 60, end: end * 60, step: step * 60, slots };
}

/** The range whose spans a grid counts, in unix milliseconds: what rates are divided by. */
export function countedRange(range: TimeRange): TimeRange {
  return { from: minuteGrid(range).start * 1_000, to: range.to };
}

/** Nanoseconds since the epoch as a decimal string, for `DateTime64(9)` parameters without losing digits. */
export function nanos(ms: number): string {
  return `${Math.round(ms)}000000`;
}

/** The newest of a long range alone often has enough, and lies in the newest parts. */
const FIRST_SLICES = [1 / 64, 1 / 8] as const;
const SHORTEST_SLICE_MS = 60_000;

/** A range as disjoint slices, the newest first. */
export function newestFirst({ from, to }: TimeRange): TimeRange[] {
  const cuts = FIRST_SLICES.map((share) => to - Math.ceil((to - from) * share));
  const useful = cuts.filter((cut) => to - cut >= SHORTEST_SLICE_MS);
  const ends = [to, ...useful];
  return ends.map((end, i) => ({ from: ends[i + 1] ?? from, to: end }));
}
