import type { Warm } from './warm.ts';

/** A further pair costs 200 MiB: it is closed when nobody needed it for so long. */
const KEPT_MS = 10 * 60_000;

interface Seat {
  warm: Warm;
  isTaken: boolean;
  /** Closes it when nobody comes. */
  leaving?: NodeJS.Timeout;
}

/** A warm pair for each run at once. Nothing is started until somebody asks; the first stays. */
export class Seats {
  readonly #open: (serial: number) => Warm;
  readonly #keptMs: number;
  readonly #seats: Seat[] = [];
  readonly #closing = new Set<Promise<void>>();
  #opened = 0;

  /** @param open something that keeps a pair warm; its serial number is never used twice */
  constructor(open: (serial: number) => Warm, keptMs = KEPT_MS) {
    this.#open = open;
    this.#keptMs = keptMs;
  }

  /** Does the work on the first seat that is free. */
  async borrow<T>(work: (warm: Warm) => Promise<T>): Promise<T> {
    const seat = this.#firstFree();
    seat.isTaken = true;
    clearTimeout(seat.leaving);
    try {
      return await work(seat.warm);
    } finally {
      seat.isTaken = false;
      if (seat !== this.#seats[0]) seat.leaving = setTimeout(() => this.#close(seat), this.#keptMs).unref();
    }
  }

  /** Starts the first pair ahead of the first run. */
  async warm(): Promise<void> {
    await this.#firstFree().warm.start();
  }

  async close(): Promise<void> {
    for (const seat of [...this.#seats]) this.#close(seat);
    await Promise.all(this.#closing);
  }

  #firstFree(): Seat {
    const free = this.#seats.find(({ isTaken }) => !isTaken);
    if (free !== undefined) return free;
    const seat = { warm: this.#open(this.#opened++), isTaken: false };
    this.#seats.push(seat);
    return seat;
  }

  #close(seat: Seat): void {
    clearTimeout(seat.leaving);
    this.#seats.splice(this.#seats.indexOf(seat), 1);
    const closed = seat.warm.close();
    this.#closing.add(closed);
    void closed.finally(() => this.#closing.delete(closed));
  }
}
