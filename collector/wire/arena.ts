/** Bytes written one after the other, for texts whose length is not known before. */
export class Arena {
  bytes: Buffer;
  length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(Math.max(256, capacity));
  }

  /** One byte. */
  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Text of ASCII characters. */
  ascii(text: string): void {
    this.reserve(text.length);
    this.length += this.bytes.write(text, this.length, 'latin1');
  }

  /** A range of other bytes, as it is. */
  copy(source: Uint8Array, from: number, until: number): void {
    this.reserve(until - from);
    // Most pieces are a few bytes, where the view object costs more than the bytes.
    if (until - from > 24) this.bytes.set(source.subarray(from, until), this.length);
    else for (let i = from, to = this.length; i < until; i++, to++) this.bytes[to] = source[i]!;
    this.length += until - from;
  }

  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
