/** The members of a map value in the order Go's encoding/json writes them. */
import { Fields } from './fields.ts';

/** Field numbers of KeyValue. */
const KEY = 1;
const VALUE = 2;

/**
 * Byte ranges of the members of a KeyValueList. Flat arrays: a hostile body can hold 32 million members, which as
 * objects took 2.4 GB and 28 s to sort; in this form 16 bytes each, and seconds.
 */
export class Members {
  readonly keyFrom: Int32Array;
  readonly keyUntil: Int32Array;
  /** Content of the AnyValue; 0 when the member has none. */
  readonly valueFrom: Int32Array;
  readonly valueUntil: Int32Array;
  private readonly body: Uint8Array;

  /** @param body the KeyValueList is [pos, end) of it, and approved */
  constructor(body: Uint8Array, pos: number, end: number) {
    let count = 0;
    const list = new Fields(body, pos, end);
    while (list.next()) if (list.number === 1) count++;
    this.body = body;
    this.keyFrom = new Int32Array(count);
    this.keyUntil = new Int32Array(count);
    this.valueFrom = new Int32Array(count);
    this.valueUntil = new Int32Array(count);
    const again = new Fields(body, pos, end);
    for (let i = 0; again.next(); ) if (again.number === 1) this.read(i++, again.from, again.until);
  }

  /** Indexes by the bytes of their keys, equal keys in the order they were sent. */
  order(): Int32Array {
    const order = new Int32Array(this.keyFrom.length);
    let isSorted = true;
    for (let i = 1; i < order.length; i++) {
      order[i] = i;
      if (isSorted && this.compare(i - 1, i) > 0) isSorted = false;
    }
    return isSorted ? order : order.sort((a, b) => this.compare(a, b) || a - b);
  }

  /** Below 0, 0 or above 0 as key `a` is before, equal to or behind key `b` in byte order. */
  compare(a: number, b: number): number {
    const { body } = this;
    let i = this.keyFrom[a]!;
    let j = this.keyFrom[b]!;
    const lengthA = this.keyUntil[a]! - i;
    const lengthB = this.keyUntil[b]! - j;
    for (const stop = i + Math.min(lengthA, lengthB); i < stop; i++, j++) {
      const difference = body[i]! - body[j]!;
      if (difference !== 0) return difference;
    }
    return lengthA - lengthB;
  }

  private read(member: number, pos: number, end: number): void {
    const field = new Fields(this.body, pos, end);
    while (field.next()) {
      if (field.number === KEY) {
        this.keyFrom[member] = field.from;
        this.keyUntil[member] = field.until;
      } else if (field.number === VALUE) {
        this.valueFrom[member] = field.from;
        this.valueUntil[member] = field.until;
      }
    }
  }
}
