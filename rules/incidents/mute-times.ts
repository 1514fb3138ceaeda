import type { MuteTime } from '../../model/rule.ts';

const formats = new Map<string, Intl.DateTimeFormat>();
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Whether a mute time holds at `now` (unix ms), by the wall clock of its zone, summer time included. */
export function isMuted({ zone, intervals }: MuteTime, now: number): boolean {
  const { weekday, minute } = wallClock(zone, now);
  return intervals.some(({ weekdays, from, to }) => {
    const isDay = (day: number) => weekdays.length === 0 || weekdays.includes(day);
    if (from <= to) return isDay(weekday) && minute >= from && minute < to;
    // Over midnight: what began the evening before belongs to that day.
    const yesterday = weekday === 1 ? 7 : weekday - 1;
    return (isDay(weekday) && minute >= from) || (isDay(yesterday) && minute < to);
  });
}

function wallClock(zone: string, now: number): { weekday: number; minute: number } {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      weekday: 'short',
      hour: 'numeric',
      minute: 'numeric',
      hourCycle: 'h23',
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  return {
    weekday: WEEKDAYS.indexOf(parts.weekday!) + 1,
    minute: Number(parts.hour) * 60 + Number(parts.minute),
  };
}
