import type { Converted } from './convert.ts';

/** One request and where it was found. */
export interface Part extends Converted {
  file: string;
  /** From 1. */
  line: number;
}

/** Requests of one signal that go out together. */
export type Batch = readonly Part[];

/** The door unpacks gzip of up to 1 MiB in one quick piece, and half of that costs as little for each item. */
const BATCH_BYTES = 512 * 1_024;

/**
 * Collects requests until there are enough of a signal. The door counts what it refuses by request, so one that holds a
 * single file can be told of by its name.
 */
export class Batches {
  readonly #open = new Map<string, { parts: Part[]; bytes: number }>();
  readonly #mixed: boolean;

  /** @param mixed the files come in turns, so they travel together */
  constructor({ mixed = false } = {}) {
    this.#mixed = mixed;
  }

  /** Batches that are complete now. */
  add(part: Part): Batch[] {
    const complete: Batch[] = [];
    let open = this.#open.get(part.signal);
    if (open && !this.#mixed && open.parts[0]!.file !== part.file) {
      complete.push(open.parts);
      open = undefined;
    }
    open ??= { parts: [], bytes: 0 };
    open.parts.push(part);
    open.bytes += part.body.length;
    if (open.bytes < BATCH_BYTES) this.#open.set(part.signal, open);
    else {
      complete.push(open.parts);
      this.#open.delete(part.signal);
    }
    return complete;
  }

  /** What is left. */
  flush(): Batch[] {
    const left = [...this.#open.values()].map(({ parts }) => parts);
    this.#open.clear();
    return left;
  }
}
