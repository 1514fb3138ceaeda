/** What stretch of time a promise is about at a moment, and which of it does not count. */
import type { Maintenance, MuteTime, SloWindow } from '../rule.ts';
import type { TimeRange } from '../service.ts';
import { momentOf, wallTime } from './zone.ts';

const MINUTE_MS = 60_000;
const MONTHS = { month: 1, quarter: 3 } as const;

/** A window at a moment: what of it is over, and when it ends. Unix ms, whole minutes. */
export interface WindowAt {
  from: number;
  /** The end of the minute that has begun. */
  to: number;
  /** When a calendar window ends; a rolling one goes along with the clock and ends never (null). */
  end: number | null;
}

/** The window of a promise that a moment (unix ms) lies in. */
export function windowAt(window: SloWindow, now: number): WindowAt {
  const to = (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS;
  if ('rolling' in window)
    return { from: to - Math.ceil(window.rolling / MINUTE_MS) * MINUTE_MS, to, end: null };
  const { calendar, zone } = window;
  const { year, month, day, weekday } = wallTime(zone, now);
  if (calendar === 'week') {
    const monday = day - weekday + 1;
    return { from: momentOf(zone, year, month, monday), to, end: momentOf(zone, year, month, monday + 7) };
  }
  const length = MONTHS[calendar];
  const first = month - ((month - 1) % length);
  return { from: momentOf(zone, year, first, 1), to, end: momentOf(zone, year, first + length, 1) };
}

/**
 * The time in a range that does not count, as ranges [from, to) that neither touch nor overlap, in their order.
 * @param muteTimes those that `maintenance` names
 */
export function excludedWithin(
  { periods, muteTimes: names }: Maintenance,
  muteTimes: readonly MuteTime[],
  range: TimeRange,
): TimeRange[] {
  const recurring = muteTimes
    .filter(({ name }) => names.includes(name))
    .flatMap((mute) => occurrences(mute, range));
  const within = [...periods, ...recurring]
    .map(({ from, to }) => ({ from: Math.max(from, range.from), to: Math.min(to, range.to) }))
    .filter(({ from, to }) => from < to)
    .sort((a, b) => a.from - b.from);
  const merged: TimeRange[] = [];
  for (const one of within) {
    const last = merged.at(-1);
    if (last && one.from <= last.to) last.to = Math.max(last.to, one.to);
    else merged.push(one);
  }
  return merged;
}

/** Every time that a mute time holds, from the day before the range to the day after it. */
function occurrences({ zone, intervals }: MuteTime, { from, to }: TimeRange): TimeRange[] {
  const found: TimeRange[] = [];
  const { year, month, day } = wallTime(zone, from);
  for (let ahead = -1; ; ahead++) {
    const midnight = momentOf(zone, year, month, day + ahead);
    if (midnight >= to) return found;
    const { weekday } = wallTime(zone, midnight);
    for (const one of intervals)
      if (one.weekdays.includes(weekday))
        found.push({
          from: momentOf(zone, year, month, day + ahead, one.from),
          to: momentOf(zone, year, month, day + ahead, one.to),
        });
  }
}
