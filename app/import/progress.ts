/** How far an import is, in one line. */
import { formatSize } from '../../base/units.ts';

/** What there is to say at this moment. */
export interface Moment {
  /** What is being done, e.g. "reading traces.jsonl". */
  doing: string;
  /** Of all there is, 0…1. */
  share: number;
  /** Spans, data points and log records that are in. */
  items: number;
  /** Bytes of `share` so far. */
  bytes: number;
}

/** Before this an estimate is a guess. */
const ESTIMATE_AFTER_MS = 1_000;

/** `reading a.jsonl  41 %  34,210 items, 31,000/s  9.7 MB  3 s left` */
export function describe({ doing, share, items, bytes }: Moment, elapsedMs: number): string {
  const rate = elapsedMs > 0 ? (items * 1_000) / elapsedMs : 0;
  const left = share > 0 && elapsedMs >= ESTIMATE_AFTER_MS ? (elapsedMs * (1 - share)) / share : undefined;
  return [
    doing,
    `${Math.floor(share * 100)} %`,
    `${thousands(items)} items, ${thousands(rate)}/s`,
    formatSize(bytes),
    ...(left === undefined ? [] : [`${formatLeft(left)} left`]),
  ].join('  ');
}

/** Whole numbers with separators. */
export const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `3 s`, `4 min`, `2.5 h`. */
export function formatLeft(ms: number): string {
  if (ms < 90_000) return `${Math.ceil(ms / 1_000)} s`;
  return ms < 90 * 60_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}
