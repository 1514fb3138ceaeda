/** Steps through the fields of a message whose bytes have been approved: nothing is checked again. */
import { Wire } from './tables.ts';
import { readLength, varintEnd } from './varint.ts';

export class Fields {
  number = 0;
  wire = 0;
  /** Content of the current field; of a varint, its bytes. */
  from = 0;
  until = 0;
  private readonly bytes: Uint8Array;
  private readonly end: number;

  constructor(bytes: Uint8Array, pos: number, end: number) {
    this.bytes = bytes;
    this.until = pos;
    this.end = end;
  }

  /** Moves to the next field; false when there is none. */
  next(): boolean {
    if (this.until >= this.end) return false;
    const tag = readLength(this.bytes, this.until, this.end);
    this.number = tag >>> 3;
    this.wire = tag & 7;
    this.from = varintEnd;
    if (this.wire === Wire.length) {
      const length = readLength(this.bytes, this.from, this.end);
      this.from = varintEnd;
      this.until = this.from + length;
    } else if (this.wire === Wire.fixed64) this.until = this.from + 8;
    else if (this.wire === Wire.fixed32) this.until = this.from + 4;
    else {
      this.until = this.from;
      while (this.bytes[this.until++]! >= 0x80);
    }
    return true;
  }
}
