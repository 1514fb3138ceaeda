/** A rate from a counter that is looked at now and then. */

const WINDOW_MS = 15_000;

export class Throughput {
  #seen: { total: number; at: number }[] = [];

  /** Notes the counter's value; gives events per second over the last 15 s, or null while that cannot be said. */
  add(total: number, at: number): number | null {
    const last = this.#seen.at(-1);
    // A smaller total is a product that was started anew.
    if (last && total < last.total) this.#seen = [];
    this.#seen.push({ total, at });
    while (this.#seen.length > 2 && at - this.#seen[1]!.at >= WINDOW_MS) this.#seen.shift();
    const first = this.#seen[0]!;
    return at - first.at < 1000 ? null : ((total - first.total) * 1000) / (at - first.at);
  }
}
