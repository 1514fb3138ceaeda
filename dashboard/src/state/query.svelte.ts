/** One question to the API as a page shows it: old values stay while new ones come, words appear after 400 ms. */
import { type Problem, problemOf } from './api.ts';

/** Below this an answer feels immediate and a word about loading would only flicker. */
const SLOW_AFTER_MS = 400;

export class Query<T> {
  value = $state.raw<T | undefined>();
  problem = $state.raw<Problem | undefined>();
  /** Asked long enough ago that the reader deserves a word and a way to stop. */
  slow = $state(false);
  busy = $state(false);
  stopped = $state(false);
  /** Unix milliseconds at which the value came. */
  at = $state(0);

  #subject: string | undefined;
  #load: ((signal: AbortSignal) => Promise<T>) | undefined;
  #abort: AbortController | undefined;

  /**
   * Asks, and forgets the question before. `subject` names what the value is about: values of another subject are
   * dropped at once, because one service's numbers must never stand under another's name.
   */
  ask(subject: string, load: (signal: AbortSignal) => Promise<T>): void {
    if (subject !== this.#subject) {
      this.value = undefined;
      this.problem = undefined;
    }
    this.#subject = subject;
    this.#load = load;
    void this.#run(false);
  }

  /** Asks the same again. Quietly: nothing dims and a failure keeps the values, for refreshing behind the scenes. */
  again(quietly = false): void {
    if (quietly && this.busy) return;
    void this.#run(quietly);
  }

  /** Gives up waiting; the values stay as they were. */
  stop(): void {
    this.stopped = this.busy;
    this.#abort?.abort();
    this.busy = this.slow = false;
  }

  async #run(quietly: boolean): Promise<void> {
    if (!this.#load) return;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.busy = true;
    this.stopped = false;
    const timer = quietly
      ? undefined
      : setTimeout(() => {
          this.slow = true;
        }, SLOW_AFTER_MS);
    try {
      const value = await this.#load(abort.signal);
      if (abort.signal.aborted) return;
      this.value = value;
      this.problem = undefined;
      this.at = Date.now();
    } catch (error) {
      if (!abort.signal.aborted && !(quietly && this.value !== undefined)) this.problem = problemOf(error);
    } finally {
      clearTimeout(timer);
      if (this.#abort === abort) this.busy = this.slow = false;
    }
  }
}
