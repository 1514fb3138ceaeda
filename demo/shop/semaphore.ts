/** So many at once and not one more; who comes later waits in line. */
export class Semaphore {
  readonly #places: number;
  readonly #line: (() => void)[] = [];
  #running = 0;

  constructor(places: number) {
    this.#places = places;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /** Resolves when there is a place, first come first served. Whoever got one must `leave`. */
  async enter(): Promise<void> {
    if (this.#running < this.#places) {
      this.#running++;
      return;
    }
    // The place of one who leaves goes straight to the first in line, so nobody can step in between.
    await new Promise<void>((resolve) => this.#line.push(resolve));
  }

  leave(): void {
    const next = this.#line.shift();
    if (next) next();
    else this.#running--;
  }
}
