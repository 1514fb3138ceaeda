import type { OutgoingAnswer } from '../../base/outgoing.ts';

/** What an attempt means for its message. */
export type Verdict =
  | { kind: 'delivered' }
  /** `pause`: it is the receiver that cannot, whatever the message; `after` is what it asked for, in ms. */
  | { kind: 'retry'; reason: string; pause: boolean; after: number | null }
  /** Another attempt would be answered in the same way. */
  | { kind: 'dead'; reason: string };

/** Those of 4xx that pass by themselves: request timeout, too early, too many requests. */
const PASSING = [408, 425, 429];
const LONGEST_RETRY_AFTER_MS = 60 * 60_000;

/** Judges an answer. 410 says that this address is gone for good: a dead letter like any other 4xx, and no more. */
export function verdictOf({ status, headers }: OutgoingAnswer, now: number): Verdict {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (PASSING.includes(status) || status >= 500 || status < 200)
    return {
      kind: 'retry',
      reason: `answered ${status}`,
      pause: status === 429 || status === 503,
      after: retryAfter(headers['retry-after'], now),
    };
  if (status < 400)
    return { kind: 'dead', reason: `answered ${status}: redirects are not followed, give the final address` };
  return { kind: 'dead', reason: `answered ${status}` };
}

/**
 * `Retry-After` (RFC 9110, 10.2.3) as seconds or as a date → ms from now, at most an hour; null when it says neither.
 * @param now unix ms
 */
export function retryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  const ms = /^\d+$/.test(text)
    ? Number(text) * 1_000
    : /[a-z]/i.test(text)
      ? Date.parse(text) - now
      : Number.NaN;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS) : null;
}

const FIRST_PAUSE_MS = 1_000;
/** A receiver that is back waits this long at most; one attempt a minute costs nobody anything. */
const LONGEST_PAUSE_MS = 60_000;

/** Milliseconds before the next attempt: doubled each time, less up to a half so that many do not come together. */
export function backoff(failures: number, random: number): number {
  const full = Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1), LONGEST_PAUSE_MS);
  return Math.round(full * (1 - random / 2));
}
