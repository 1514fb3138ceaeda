/** The shape nearly every attribute has, recognised in one go. */

/**
 * Nine in ten messages are attributes, and nearly all of those are plain: walking them field by field instead brings
 * 920 MB/s down to 440.
 *
 * True when [pos, until) is a KeyValue that needs neither a closer look nor a change: the key, then the value, each
 * once, one-byte lengths, ASCII text or a bool, an int, an ordinary double or nothing. False says only that it must be
 * walked field by field.
 */
export function plainAttribute(bytes: Uint8Array, view: DataView, pos: number, until: number): boolean {
  // key: 0A length text, value: 12 length AnyValue
  if (until - pos < 4 || bytes[pos] !== 0x0a) return false;
  const keyFrom = pos + 2;
  const keyUntil = keyFrom + bytes[pos + 1]!;
  if (keyUntil + 2 > until || bytes[keyUntil] !== 0x12) return false;
  const valueFrom = keyUntil + 2;
  const valueLength = bytes[keyUntil + 1]!;
  // One-byte lengths follow from the comparison: a continued one is at least 128 too long for what is left to match.
  if (valueFrom + valueLength !== until || valueLength > 0x7f || bytes[pos + 1]! > 0x7f) return false;
  if (!isAscii(bytes, view, keyFrom, keyUntil)) return false;
  if (valueLength < 2) return valueLength === 0;
  const second = bytes[valueFrom + 1]!;
  switch (bytes[valueFrom]) {
    case 0x0a: // string_value
      return second === valueLength - 2 && isAscii(bytes, view, valueFrom + 2, until);
    case 0x10: // bool_value
      return valueLength === 2 && second <= 1;
    case 0x18: // int_value, up to nine bytes: all continued but the last
      return valueLength <= 10 && endsOnce(bytes, valueFrom + 1, until);
    case 0x21: // double_value: exponents below 2^69 (5.9e20); zero to ordinary
      return valueLength === 9 && (((bytes[until - 1]! & 0x7f) << 4) | (bytes[until - 2]! >> 4)) < 1023 + 69;
    default:
      return false;
  }
}

/** Four bytes at a time: 920 MB/s against 870 by single bytes. */
function isAscii(bytes: Uint8Array, view: DataView, pos: number, until: number): boolean {
  let high = 0;
  for (const four = until - 3; pos < four; pos += 4) high |= view.getInt32(pos, true);
  for (; pos < until; pos++) high |= bytes[pos]!;
  return (high & 0x80808080) === 0;
}

/** True when only the last byte of a varint says that it is the last. */
function endsOnce(bytes: Uint8Array, pos: number, until: number): boolean {
  for (; pos < until - 1; pos++) if (bytes[pos]! < 0x80) return false;
  return bytes[until - 1]! < 0x80;
}
