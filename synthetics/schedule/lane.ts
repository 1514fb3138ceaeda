/** So many at once, the rest in the order in which they came. */
export class Lane {
  readonly #atOnce: number;
  #waiting: (() => Promise<void>)[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Does the work as soon as there is a place, at once when there is one. @param work never rejects */
  enter(work: () => Promise<void>): void {
    this.#waiting.push(work);
    this.#fill();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #fill(): void {
    while (this.#running.size < this.#atOnce) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      const running = work().finally(() => {
        this.#running.delete(running);
        this.#fill();
      });
      this.#running.add(running);
    }
  }
}
