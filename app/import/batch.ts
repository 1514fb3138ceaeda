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

/** Collects requests until there are enough of a signal. */
export class Batches {
  readonly #open = new Map<string, { parts: Part[]; bytes: number }>();

  /** The batch that is full now, if one is. */
  add(part: Part): Batch | undefined {
    const open = this.#open.get(part.signal) ?? { parts: [], bytes: 0 };
    this.#open.set(part.signal, open);
    open.parts.push(part);
    open.bytes += part.body.length;
    if (open.bytes < BATCH_BYTES) return undefined;
    this.#open.delete(part.signal);
    return open.parts;
  }

  /** What is left. */
  flush(): Batch[] {
    const left = [...this.#open.values()].map(({ parts }) => parts);
    this.#open.clear();
    return left;
  }
}
