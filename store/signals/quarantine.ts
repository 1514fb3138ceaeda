import type { Clock } from '../../base/clock.ts';

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** Reads that failed by themselves: left out, and tried again after pauses that grow, so that others are not slowed down. */
export class Quarantine {
  /** Counts every change of who is in it. */
  revision = 0;
  readonly #clock: Clock;
  readonly #members = new Map<string, { reason: string; until: number; pause: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(key: string, reason: string): void {
    const known = this.#members.get(key);
    const pause = Math.min(known === undefined ? FIRST_PAUSE_MS : 2 * known.pause, LONGEST_PAUSE_MS);
    if (known === undefined) this.revision += 1;
    this.#members.set(key, { reason, pause, until: this.#clock.now() + pause });
  }

  release(key: string): void {
    if (this.#members.delete(key)) this.revision += 1;
  }

  has(key: string): boolean {
    return this.#members.has(key);
  }

  /** Whether it may be tried again. */
  isDue(key: string): boolean {
    return (this.#members.get(key)?.until ?? 0) <= this.#clock.now();
  }

  reason(key: string): string | undefined {
    return this.#members.get(key)?.reason;
  }

  list(): { reason: string; until: number }[] {
    return [...this.#members.values()].map(({ reason, until }) => ({ reason, until }));
  }
}
