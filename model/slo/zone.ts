/** Wall clocks of time zones, summer time included. */

const formats = new Map<string, Intl.DateTimeFormat>();

/** A moment as the wall clock of a zone shows it: month 1 to 12, weekday 1 (Monday) to 7 as ISO 8601 counts. */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  weekday: number;
  /** Of the day. */
  minute: number;
}

/** @param zone as `Intl` knows it @param at unix ms */
export function wallTime(zone: string, at: number): WallTime {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year, month, day, hour, minute } = parts as Record<string, number>;
  const weekday = new Date(Date.UTC(year!, month! - 1, day)).getUTCDay() || 7;
  return { year: year!, month: month!, day: day!, weekday, minute: hour! * 60 + minute! };
}

/**
 * The moment (unix ms) at which the wall clock of a zone shows a minute of a day; days and minutes beyond a month or day
 * go on in the next one. What summer time skips is when it skips it, or later.
 */
export function momentOf(zone: string, year: number, month: number, day: number, minute = 0): number {
  const wanted = Date.UTC(year, month - 1, day, 0, minute);
  const guess = wanted - offset(zone, wanted);
  // The offset there may be another one than that of the guess.
  const found = wanted - offset(zone, guess);
  return found + offset(zone, found) === wanted ? found : Math.max(guess, found);
}

/** How much a wall clock is ahead of UTC, in ms. */
function offset(zone: string, at: number): number {
  const { year, month, day, minute } = wallTime(zone, at);
  return Date.UTC(year, month - 1, day, 0, minute) - Math.floor(at / 60_000) * 60_000;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  });
  formats.set(zone, format);
  return format;
}
