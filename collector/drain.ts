import { idle } from '../base/clock.ts';
import { messageOf, Problem } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Signal } from '../model/otlp.ts';
import type { Engine } from '../store/engine.ts';
import type { Journal, SealedSegment } from './journal/journal.ts';

export interface DrainOptions {
  journal: Journal;
  engine: Pick<Engine, 'insertSegment'>;
  signal: Signal;
  /** A growing segment is sealed once its first request is this old: the price of freshness is one insert. */
  maxAgeMs: number;
  now: () => number;
  log: Log;
  /** Called after a segment is stored, before the next one is taken. */
  stored?: (segment: SealedSegment) => void;
  /** Called after each attempt, with its milliseconds. */
  tried?: (ms: number, isStored: boolean) => void;
}

const POLL_MS = 50;
const RETRY_PAUSE_MS = [100, 250, 500, 1_000, 2_000, 5_000];
/** Failures that do not pass (a schema mismatch, a wrong row count) are tried this often before the segment is set aside. */
const PERSISTENT_TRIES = 5;
/** Too little engine memory can pass when merges and queries end; for so many tries it is believed to (about 80 s). */
const MEMORY_TRIES = 20;

/**
 * Hands one signal's segments to the engine, oldest first, each under its own token until the engine has exactly what
 * the wire walk counted. While an insert runs the next segment grows, so the load itself sets the batch size: each
 * insert costs 20–30 ms of CPU however small it is.
 */
export class Drain {
  readonly #options: DrainOptions;
  #running: Promise<void> | undefined;
  #storedItems = 0;
  #stopping = false;
  #deadline = Number.POSITIVE_INFINITY;
  #endPause = () => {};

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  get signal(): Signal {
    return this.#options.signal;
  }

  /** Items the engine has taken since the start. */
  get storedItems(): number {
    return this.#storedItems;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** The engine answers again: what waits out a pause is tried at once. */
  wake(): void {
    this.#endPause();
  }

  /** Stores what is sealed, for at most `withinMs`; what is left waits in the journal for the next start. */
  async stop(withinMs: number): Promise<void> {
    this.#deadline = this.#options.now() + withinMs;
    this.#stopping = true;
    let timer: NodeJS.Timeout | undefined;
    // An insert that hangs is not waited for: the journal has the segment, and its token makes the repeat harmless.
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([this.#running, enough]);
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    const { journal, signal } = this.#options;
    for (;;) {
      if (this.#stopping && this.#options.now() >= this.#deadline) return;
      await this.#sealWhenDue();
      const segment = journal.oldest(signal);
      if (segment !== undefined) await this.#store(segment);
      else if (this.#stopping) return;
      else await idle(POLL_MS);
    }
  }

  async #sealWhenDue(): Promise<void> {
    const { journal, signal, maxAgeMs, now, log } = this.#options;
    if (journal.oldest(signal) !== undefined) return;
    const growing = journal.growing(signal);
    if (growing === undefined || (!this.#stopping && now() - growing.since < maxAgeMs)) return;
    await journal.seal(signal).catch(async (thrown) => {
      log.error('A journal segment cannot be sealed; trying again.', { reason: messageOf(thrown) });
      await idle(RETRY_PAUSE_MS[3]!);
    });
  }

  async #store(segment: SealedSegment): Promise<void> {
    let persistent = 0;
    for (let attempt = 0; ; attempt++) {
      const began = this.#options.now();
      const problem = await this.#insert(segment);
      this.#options.tried?.(this.#options.now() - began, problem === null);
      if (problem === null) return;
      if (!problem.retryable) persistent += 1;
      if (problem.code === 'out_of_memory') persistent += PERSISTENT_TRIES / MEMORY_TRIES;
      if (persistent >= PERSISTENT_TRIES) return this.#setAside(segment, problem);
      if (attempt === 0 || attempt % 20 === 0)
        this.#options.log.warn('A segment could not be stored; it stays in the journal and is tried again.', {
          segment: segment.name,
          reason: problem.message.slice(0, 300),
        });
      if (this.#stopping && this.#options.now() >= this.#deadline) return;
      await this.#pause(RETRY_PAUSE_MS[Math.min(attempt, RETRY_PAUSE_MS.length - 1)]!);
    }
  }

  async #pause(ms: number): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#endPause = resolve;
    });
    await Promise.race([idle(ms), woken]);
  }

  /** Null when the engine has the whole segment and the journal no longer does. */
  async #insert(segment: SealedSegment): Promise<Problem | null> {
    try {
      const rows = await this.#options.engine.insertSegment(segment);
      // The engine can insert nothing without an error: only the count of its own log is believed.
      if (rows !== segment.items)
        return new Problem('wrong_row_count', `the engine stored ${rows} of ${segment.items} items`);
      await this.#options.journal.remove(segment);
      this.#storedItems += segment.items;
      this.#options.stored?.(segment);
      return null;
    } catch (thrown) {
      return thrown instanceof Problem
        ? thrown
        : new Problem('drain_failed', messageOf(thrown), { retryable: true });
    }
  }

  async #setAside(segment: SealedSegment, problem: Problem): Promise<void> {
    this.#options.log.error(
      'The engine cannot take a segment. It is kept in journal/set-aside; what follows goes on.',
      {
        segment: segment.name,
        items: segment.items,
        reason: problem.message.slice(0, 300),
      },
    );
    await this.#options.journal.setAside(segment).catch(async (thrown) => {
      this.#options.log.error('A journal segment cannot be set aside; trying again.', {
        reason: messageOf(thrown),
      });
      await idle(RETRY_PAUSE_MS[3]!);
    });
  }
}
