/** Base-128 varints (protobuf encoding guide), for all but the innermost loop of the walk, which has its own. */

/** Position behind the varint that `readLength` read last. Module state instead of an object for each call. */
export let varintEnd = 0;

/**
 * Reads the varint of a tag or a length at `pos`: at most 5 bytes, below 2^32, as the C++ and Java parsers hold it.
 * @returns the value, -1 when it passes `end`, -2 when it is longer; `varintEnd` tells where it ended
 */
export function readLength(bytes: Uint8Array, pos: number, end: number): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 5; i++, scale *= 128) {
    if (pos >= end) return -1;
    const byte = bytes[pos++]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      varintEnd = pos;
      return value > 0xffff_ffff ? -2 : value;
    }
  }
  return -2;
}

/** Bytes a varint takes, for values below 2^53. */
export function varintSize(value: number): number {
  let size = 1;
  for (; value >= 128; value = Math.floor(value / 128)) size++;
  return size;
}

/** Writes a varint at `pos`, for values below 2^53; returns the position behind it. */
export function writeVarint(out: Uint8Array, pos: number, value: number): number {
  for (; value >= 128; value = Math.floor(value / 128)) out[pos++] = (value % 128) | 0x80;
  out[pos++] = value;
  return pos;
}
