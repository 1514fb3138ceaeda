export interface LaneOptions {
  /** Places. */
  places: number;
  /** Work that takes longer (milliseconds) is slow: it goes aside and leaves its place to the next. */
  patienceMs: number;
  /** How much may go on aside at once. */
  aside: number;
}

interface Work {
  name: string;
  run: () => Promise<void>;
}

/**
 * So many at once, the rest in the order in which they came, and nobody is held up by one that takes long: it is put
 * aside, and the next time it goes on aside from its beginning.
 */
export class Lane {
  readonly #options: LaneOptions;
  #waiting: Work[] = [];
  /** What runs, and whether it does so aside. */
  readonly #running = new Map<Promise<void>, { name: string; isAside: boolean }>();
  /** Names of what took long the last time. */
  readonly #slow = new Set<string>();

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Does the work as soon as there is a place, at once when there is one. @param run never rejects */
  enter(name: string, run: () => Promise<void>): void {
    this.#waiting.push({ name, run });
    this.#fill();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.keys());
  }

  #fill(): void {
    for (const running of this.#running.values())
      running.isAside ||= this.#slow.has(running.name) && this.#isRoomAside();
    for (;;) {
      const next = this.#waiting.findIndex(({ name }) => this.#mayBegin(name));
      if (next < 0) return;
      this.#begin(this.#waiting.splice(next, 1)[0]!);
    }
  }

  #begin({ name, run }: Work): void {
    const state = { name, isAside: this.#slow.has(name) };
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      this.#slow.add(name);
      this.#fill();
    }, this.#options.patienceMs);
    const running = run().finally(() => {
      clearTimeout(timer);
      if (!isSlow) this.#slow.delete(name);
      this.#running.delete(running);
      this.#fill();
    });
    this.#running.set(running, state);
  }

  #mayBegin(name: string): boolean {
    return this.#slow.has(name) ? this.#isRoomAside() : this.#count(false) < this.#options.places;
  }

  #isRoomAside(): boolean {
    return this.#count(true) < this.#options.aside;
  }

  #count(isAside: boolean): number {
    return [...this.#running.values()].filter((one) => one.isAside === isAside).length;
  }
}
