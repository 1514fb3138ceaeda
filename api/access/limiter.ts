import { isIPv6 } from 'node:net';
import { Problem } from '../../base/errors.ts';

interface Count {
  attempts: number;
  /** When it begins anew, unix ms. */
  until: number;
}

const MOST_KEYS = 10_000;

/** So many attempts in a window of time for each key: an address, or a user's name. */
export class Limiter {
  readonly #most: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  readonly #counts = new Map<string, Count>();

  constructor(most: number, windowMs: number, now: () => number) {
    this.#most = most;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** Counts an attempt before it is made, so that many at once are counted too. @throws TooManyAttempts */
  attempt(key: string): void {
    const now = this.#now();
    let count = this.#counts.get(key);
    if (count === undefined || count.until <= now) {
      this.#makeRoom(now);
      count = { attempts: 0, until: now + this.#windowMs };
      this.#counts.set(key, count);
    }
    if (count.attempts >= this.#most) throw new TooManyAttempts(Math.ceil((count.until - now) / 1_000));
    count.attempts++;
  }

  /** It was a good one: what came before is forgiven. */
  succeeded(key: string): void {
    this.#counts.delete(key);
  }

  #makeRoom(now: number): void {
    if (this.#counts.size < MOST_KEYS) return;
    for (const [key, { until }] of this.#counts) if (until <= now) this.#counts.delete(key);
    // Nobody can grow it without end; the oldest go first.
    for (const key of this.#counts.keys()) {
      if (this.#counts.size < MOST_KEYS) break;
      this.#counts.delete(key);
    }
  }
}

/** Answered 429 with `Retry-After`. */
export class TooManyAttempts extends Problem {
  readonly retryAfterS: number;

  constructor(retryAfterS: number) {
    super('too_many_attempts', `Too many attempts; try again in ${retryAfterS} s`, { retryable: true });
    this.retryAfterS = retryAfterS;
  }
}

/** One reader has a whole /64 of IPv6 addresses, so that is what is counted. */
export function addressKey(address: string): string {
  const bare = address.split('%')[0]!;
  if (!isIPv6(bare)) return bare;
  const [head = '', tail] = bare.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  return [...front, ...Array(zeros).fill('0'), ...back].slice(0, 4).join(':');
}
