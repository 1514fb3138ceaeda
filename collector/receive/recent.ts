const SLOTS = 6;
const SLOT_MS = 10_000;

/** How much came in the last minute, in slots of ten seconds. */
export class RecentCount {
  readonly #counts = new Array<number>(SLOTS).fill(0);
  #slot = 0;

  add(count: number, now: number): void {
    this.#moveTo(now);
    this.#counts[this.#slot % SLOTS]! += count;
  }

  /** Over the last minute, of which the last slot still grows. */
  perSecond(now: number): number {
    this.#moveTo(now);
    const sum = this.#counts.reduce((a, b) => a + b, 0);
    return (sum * 1_000) / (SLOTS * SLOT_MS);
  }

  #moveTo(now: number): void {
    const slot = Math.floor(now / SLOT_MS);
    const passed = Math.min(Math.max(slot - this.#slot, 0), SLOTS);
    for (let i = 1; i <= passed; i++) this.#counts[(slot - passed + i) % SLOTS] = 0;
    // A clock that is set back goes on in the slot it had.
    this.#slot = Math.max(slot, this.#slot);
  }
}
