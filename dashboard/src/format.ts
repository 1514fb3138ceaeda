/**
 * Every number, time and name on a page is written here, so that one thing looks the same everywhere: at most three
 * significant digits, a space before the unit, "–" for what is not known and never 0 in its place.
 */

/** Shown where a value is missing. */
export const MISSING = '–';

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Three significant digits below 1,000; whole and grouped up to 100,000; then 123 k, 1.23 M, 4.56 G. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  const size = Math.abs(value);
  if (size >= 999.5e6) return `${significant(value / 1e9)} G`;
  if (size >= 999.5e3) return `${significant(value / 1e6)} M`;
  if (size >= 99_999.5) return `${significant(value / 1e3)} k`;
  if (size >= 999.5) return grouped.format(value);
  return significant(value);
}

/** At most three significant digits, without trailing zeros and without an exponent. */
export function significant(value: number): string {
  if (value === 0) return '0';
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  if (size < 0.001) return value < 0 ? '> −0.001' : '< 0.001';
  const text = size >= 1000 ? grouped.format(rounded) : String(rounded);
  return text.replace('-', '−');
}

/** A duration given in milliseconds: 412 ns, 8.1 µs, 210 ms, 4.12 s, 3 min 20, 5 h 10, 3 d 4 h. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return MISSING;
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms === 0) return '0 ms';
  if (ms < 0.0009995) return `${significant(ms * 1e6)} ns`;
  if (ms < 0.9995) return `${significant(ms * 1e3)} µs`;
  if (ms < 999.5) return `${significant(ms)} ms`;
  if (ms < 59_950) return `${significant(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, 60, 'min', '');
  if (seconds < 86_400) return pair(Math.round(seconds / 60), 60, 'h', '');
  return pair(Math.round(seconds / 3600), 24, 'd', 'h');
}

function pair(value: number, base: number, large: string, small: string): string {
  const rest = value % base;
  return `${grouped.format(Math.floor(value / base))} ${large}${rest === 0 ? '' : ` ${rest} ${small}`.trimEnd()}`;
}

/** A share of 0..1 in percent. It never rounds up to 100 % nor down to 0 %: those two words mean all and none. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return MISSING;
  if (share === 0) return '0 %';
  if (share === 1) return '100 %';
  const value = share * 100;
  if (value < 0.01) return '< 0.01 %';
  if (value > 99.99 && value < 100) return '> 99.99 %';
  const digits = value > 99 && value < 100 ? 2 : value >= 10 ? 1 : 2;
  const rounded = Number(value.toFixed(digits));
  return `${Number(rounded.toPrecision(value > 99 ? 4 : 3))} %`;
}

/** A failure rate: "2 of 95" below 100 events, where a percentage would pretend; "–" without events. */
export function rate(part: number, whole: number): string {
  if (!(whole > 0)) return MISSING;
  if (whole < 99.5) return `${count(part)} of ${count(whole)}`;
  return percent(part / whole);
}

/** Events per minute in a window, as a number. */
export function perMinute(events: number, window: { from: number; to: number }): number {
  const minutes = (window.to - window.from) / 60_000;
  return minutes > 0 ? events / minutes : Number.NaN;
}

/** Throughput in a sentence: "42/s", or "12/min" when that reads better. */
export function throughput(events: number, window: { from: number; to: number }): string {
  const minute = perMinute(events, window);
  return minute >= 60 ? `${count(minute / 60)}/s` : `${count(minute)}/min`;
}

/** How long ago, in one unit: "2 s", "3 min", "5 h", "3 d". A time to come is a wrong clock and says so. */
export function age(at: number | null, now: number): string {
  if (at === null || !Number.isFinite(at)) return MISSING;
  const ms = now - at;
  if (ms < -1500) return `${oneUnit(-ms)} ahead`;
  return oneUnit(Math.max(0, ms));
}

/** As `age`, with the word: "2 s ago", "3 min ahead". */
export function ago(at: number | null, now: number): string {
  const text = age(at, now);
  return text === MISSING || text.endsWith('ahead') ? text : `${text} ago`;
}

function oneUnit(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${grouped.format(Math.floor(seconds / 86_400))} d`;
}

/** Bytes in decimal units: 512 B, 4.1 kB, 12.3 MB. */
export function bytes(value: number): string {
  if (!Number.isFinite(value)) return MISSING;
  if (value < 999.5) return `${significant(value)} B`;
  if (value < 999.5e3) return `${significant(value / 1e3)} kB`;
  if (value < 999.5e6) return `${significant(value / 1e6)} MB`;
  return `${significant(value / 1e9)} GB`;
}

/** "1 service", "3 services". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
