/** Moments as the reader's clock shows them: 24 hours, the browser's time zone, which the footer names. */

const clockFormat = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const minuteFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const yearFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** "14:05:10". */
export function clock(at: number): string {
  return isMoment(at) ? clockFormat.format(at) : '–';
}

/** "14:05" today, "21 Nov 14:05" on another day, with the year when it is another one. */
export function moment(at: number, now: number): string {
  if (!isMoment(at)) return '–';
  const time = minuteFormat.format(at);
  return yearFormat.format(at) === yearFormat.format(now) ? time : `${day(at, now)} ${time}`;
}

/** "14:05:10.042" today, "21 Nov 14:05:10.042" on another day: for one trace among many. */
export function exact(at: number, now: number): string {
  if (!isMoment(at)) return '–';
  const milliseconds = String(Math.floor(((at % 1000) + 1000) % 1000)).padStart(3, '0');
  const time = `${clockFormat.format(at)}.${milliseconds}`;
  return yearFormat.format(at) === yearFormat.format(now) ? time : `${day(at, now)} ${time}`;
}

function day(at: number, now: number): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dayFormat : yearFormat).format(at);
}

/** Dates exist only within ±8.64e15 ms; beyond, Intl throws, and a hostile clock must not break a page. */
function isMoment(at: number): boolean {
  return Number.isFinite(at) && Math.abs(at) <= 8.64e15;
}

/** "Europe/Berlin, UTC+1". */
export function timeZone(now: number): string {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const minutes = -new Date(now).getTimezoneOffset();
  if (minutes === 0) return name === 'UTC' ? 'UTC' : `${name}, UTC`;
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return `${name}, UTC${minutes < 0 ? '−' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}
