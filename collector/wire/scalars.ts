/** Checks of single values: text, numbers, packed numbers. */
import { isUtf8 } from 'node:buffer';
import { Kind, Wire } from './tables.ts';

/** Bytes up to which a loop beats `isUtf8` and the view object it needs (55 ns whatever the length, 0.7 ns a byte). */
const SHORT = 80;

/** True when the bytes in [pos, until) are UTF-8. */
export function isText(bytes: Uint8Array, pos: number, until: number): boolean {
  if (until - pos <= SHORT) {
    let high = 0;
    for (let i = pos; i < until; i++) high |= bytes[i]!;
    if (high < 0x80) return true;
  }
  return isUtf8(bytes.subarray(pos, until));
}

/**
 * Where the number of that wire type ends.
 * @returns -1 when it passes `end`, -2 for a varint over 10 bytes or 64 bits, -3 for a wire type that is no number
 */
export function numberEnd(bytes: Uint8Array, wire: number, pos: number, end: number): number {
  if (wire === Wire.varint) return varintEndAt(bytes, pos, end);
  if (wire === Wire.fixed64) return pos + 8 <= end ? pos + 8 : -1;
  if (wire === Wire.fixed32) return pos + 4 <= end ? pos + 4 : -1;
  return -3;
}

function varintEndAt(bytes: Uint8Array, pos: number, end: number): number {
  for (let i = 0; i < 10; i++) {
    if (pos >= end) return -1;
    const byte = bytes[pos++]!;
    if (byte < 0x80) return i === 9 && byte > 1 ? -2 : pos;
  }
  return -2;
}

/**
 * False for a checked varint in [pos, until) that is legal but that the engine refuses (seen with ClickHouse 26.7):
 * a bool other than 0 and 1, a 32-bit number out of range, a tenth byte of 0.
 */
export function isReadable(kind: number, bytes: Uint8Array, pos: number, until: number): boolean {
  const length = until - pos;
  if (kind === Kind.bool) return length === 1 && bytes[pos]! <= 1;
  if (length < 5) return true;
  const last = bytes[until - 1]!;
  if (kind === Kind.uint32) return length === 5 && last <= 0x0f;
  if (kind === Kind.int32) return length === 5 ? last <= 0x07 : isNegativeInt32(bytes, pos, until);
  return length < 10 || last === 1;
}

/** Negative int32 values are sign-extended to ten bytes: bits 31 to 63 are all set. */
function isNegativeInt32(bytes: Uint8Array, pos: number, until: number): boolean {
  if (until - pos !== 10 || bytes[until - 1] !== 1) return false;
  let bits = bytes[pos + 4]! | 0x07;
  for (let i = pos + 5; i < pos + 9; i++) bits &= bytes[i]!;
  return bits === 0xff;
}

/**
 * Checks packed numbers of that wire type in [pos, until).
 * @returns -1 when they do not end with it, 0 when the engine cannot read one of them, else 1
 */
export function packedVerdict(bytes: Uint8Array, pos: number, until: number, wire: number): -1 | 0 | 1 {
  let verdict: 0 | 1 = 1;
  while (pos < until) {
    const next = numberEnd(bytes, wire, pos, until);
    if (next < 0) return -1;
    if (wire === Wire.varint && !isReadable(Kind.packed, bytes, pos, next)) verdict = 0;
    pos = next;
  }
  return verdict;
}

/**
 * True for a double that the engine prints otherwise than pdata: NaN, ±Inf and magnitudes from 1e21, which ClickHouse
 * writes "1e21" where Go and ECMAScript write "1e+21". Below, down to 5e-324 and -0, both write the same.
 */
export function needsText(view: DataView, pos: number): boolean {
  return !(Math.abs(view.getFloat64(pos, true)) < 1e21);
}
