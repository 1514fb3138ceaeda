/** Seeded chance: the same seed gives the same sequence everywhere, so a figure can be taken again. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** 32 random bits, by mulberry32. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** [0, 1) */
  next(): number {
    return this.bits() / 2 ** 32;
  }

  /** 0 … n - 1 */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** least … most, both included */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True in this share of the cases. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** Log-normal with this median: how latencies and sizes are spread in the field. `sigma` 0.8 puts p99 at 6.4 × the median. */
  logNormal(median: number, sigma: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return median * Math.exp(sigma * normal);
  }

  /** `digits` hex digits, at most 8. */
  hex(digits: number): string {
    return this.bits().toString(16).padStart(8, '0').slice(0, digits);
  }
}
