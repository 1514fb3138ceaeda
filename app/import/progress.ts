/** One line that moves on a terminal, a line every few seconds elsewhere. Always on stderr. */
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

export interface ProgressOutput {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
}

const EVERY_MS = { terminal: 200, elsewhere: 5_000 };
/** Before this an estimate is a guess. */
const ESTIMATE_AFTER_MS = 1_000;

/** Looks at `now` until it is stopped. @returns ends it and leaves a clean line */
export function showProgress(output: ProgressOutput, moment: () => Moment): () => void {
  const began = performance.now();
  const isTerminal = output.isTTY === true;
  const show = () => {
    const text = describe(moment(), performance.now() - began);
    if (isTerminal) output.write(`\r\x1b[K${text.slice(0, (output.columns ?? 80) - 1)}`);
    else output.write(`${text}\n`);
  };
  const timer = setInterval(show, isTerminal ? EVERY_MS.terminal : EVERY_MS.elsewhere);
  return () => {
    clearInterval(timer);
    if (isTerminal) output.write('\r\x1b[K');
  };
}

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
