/** The time range of a view as it stands in the URL: `now`, `now-15m`, unix milliseconds or ISO 8601. */
import { duration } from '../format.ts';
import { moment } from '../time.ts';

export interface Range {
  from: string;
  to: string;
}

export const DEFAULT_RANGE: Range = { from: 'now-1h', to: 'now' };

export const PRESETS: readonly { from: string; label: string }[] = [
  { from: 'now-15m', label: 'Last 15 min' },
  { from: 'now-1h', label: 'Last hour' },
  { from: 'now-24h', label: 'Last 24 h' },
  { from: 'now-7d', label: 'Last 7 days' },
  { from: 'now-28d', label: 'Last 28 days' },
];

const UNIT: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const MIN_WINDOW = 60_000;
const MAX_WINDOW = 366 * 86_400_000;

/** Unix milliseconds of one bound, or null when it cannot be read. */
export function boundAt(bound: string, now: number): number | null {
  if (bound === 'now') return now;
  const relative = /^now-(\d{1,9})([smhdw])$/.exec(bound);
  if (relative) return now - Number(relative[1]) * UNIT[relative[2]!]!;
  if (/^\d{1,15}$/.test(bound)) return Number(bound);
  const parsed = Date.parse(bound);
  return Number.isNaN(parsed) ? null : parsed;
}

/** The window in unix milliseconds, or null when a bound cannot be read or the window is empty. */
export function windowOf(range: Range, now: number): { from: number; to: number } | null {
  const from = boundAt(range.from, now);
  const to = boundAt(range.to, now);
  return from === null || to === null || from >= to ? null : { from, to };
}

/** Whether the window moves with the clock: only then there is something to stream. */
export function isLive(range: Range): boolean {
  return range.to === 'now' && /^now-\d+[smhdw]$/.test(range.from);
}

/** "Last hour", or "21 Nov 13:00 – 14:00" for a fixed window. */
export function rangeLabel(range: Range, now: number): string {
  const preset = range.to === 'now' && PRESETS.find((each) => each.from === range.from);
  if (preset) return preset.label;
  const window = windowOf(range, now);
  if (window === null) return 'Unreadable time';
  if (isLive(range)) return `Last ${duration(window.to - window.from)}`;
  return `${moment(window.from, now)} – ${moment(window.to, now)}`;
}

/** "in the last hour", "between 13:00 and 14:00": the range as the end of a sentence. */
export function rangePhrase(range: Range, now: number): string {
  if (isLive(range)) return `in the ${rangeLabel(range, now).replace('Last', 'last')}`;
  const window = windowOf(range, now);
  return window === null
    ? 'in that time'
    : `between ${moment(window.from, now)} and ${moment(window.to, now)}`;
}

/** So near to now (as a part of the window) a window is meant to be live: `[` and `]` must lead back. */
const NEARLY_NOW = 1 / 20;

/** Half a window back (-1) or on (1). A window that would reach now becomes live again. */
export function shifted(range: Range, direction: -1 | 1, now: number): Range {
  const window = windowOf(range, now);
  if (window === null || (direction === 1 && isLive(range))) return range;
  const width = window.to - window.from;
  const step = (width / 2) * direction;
  const live = direction === 1 && window.to + step >= now - width * NEARLY_NOW;
  return live ? relative(width) : fixed(window.from + step, window.to + step);
}

/** Half (0.5) or double (2) the window: around its middle when fixed, up to now when live. */
export function zoomed(range: Range, factor: number, now: number): Range {
  const window = windowOf(range, now);
  if (window === null) return range;
  const width = Math.min(MAX_WINDOW, Math.max(MIN_WINDOW, (window.to - window.from) * factor));
  if (isLive(range)) return relative(width);
  const to = Math.min(now, (window.from + window.to + width) / 2);
  return fixed(to - width, to);
}

/** The same window with times that mean the same tomorrow: for a link to be sent to someone. */
export function pinned(range: Range, now: number): Range {
  const window = windowOf(range, now);
  return window === null ? range : fixed(window.from, window.to);
}

/** A window of the same width around a moment. */
export function around(range: Range, at: number, now: number): Range {
  const window = windowOf(range, now) ?? { from: now - UNIT.h!, to: now };
  const width = window.to - window.from;
  return at + width / 2 >= now ? relative(width) : fixed(at - width / 2, at + width / 2);
}

export function fixed(from: number, to: number): Range {
  return { from: new Date(Math.floor(from)).toISOString(), to: new Date(Math.floor(to)).toISOString() };
}

function relative(width: number): Range {
  const whole = (unit: 'd' | 'h' | 'm') => width % UNIT[unit]! === 0;
  const unit = whole('d') && width > UNIT.d! ? 'd' : whole('h') ? 'h' : whole('m') ? 'm' : 's';
  return { from: `now-${Math.round(width / UNIT[unit]!)}${unit}`, to: 'now' };
}
