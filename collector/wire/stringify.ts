/**
 * Attribute values as the text the Go collector's pdata gives them (`pcommon.Value.AsString()`, with the change of
 * opentelemetry-collector #15108: `<`, `>` and `&` stay as they are). Arrays and maps are compact JSON as Go's
 * encoding/json writes it: keys in byte order, the last of equal keys, U+2028/2029 escaped, numbers as in ECMAScript.
 */
import type { Arena } from './arena.ts';
import { Fields } from './fields.ts';
import { Members } from './members.ts';

/** Field numbers of AnyValue. */
const Value = { string: 1, bool: 2, int: 3, double: 4, array: 5, map: 6, bytes: 7 } as const;

/**
 * Appends the text of one AnyValue field (the current one of `field`). An array or map with NaN or ±Inf anywhere
 * inside has no JSON and is the empty text, as in pdata.
 */
export function writeText(out: Arena, body: Buffer, field: Fields): void {
  const { from, until } = field;
  if (field.number === Value.string) out.copy(body, from, until);
  else if (field.number === Value.double) out.ascii(doubleText(body.readDoubleLE(from)));
  else if (field.number === Value.bytes) out.ascii(body.toString('base64', from, until));
  else {
    const start = out.length;
    if (!writeField(out, body, field)) out.length = start;
  }
}

/** A double as pdata's `float64AsString` writes it; the words of its error for what JSON cannot hold. */
function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'json: unsupported value: NaN';
  if (!Number.isFinite(value)) return `json: unsupported value: ${value > 0 ? '+' : '-'}Inf`;
  return Object.is(value, -0) ? '-0' : String(value);
}

/** JSON of the AnyValue in [pos, end); false when there is none (NaN, ±Inf). */
function writeValue(out: Arena, body: Buffer, pos: number, end: number): boolean {
  const field = new Fields(body, pos, end);
  // No value has two members here: the walk has such bodies re-encoded first.
  while (field.next())
    if (field.number >= Value.string && field.number <= Value.bytes) return writeField(out, body, field);
  out.ascii('null');
  return true;
}

function writeField(out: Arena, body: Buffer, field: Fields): boolean {
  const { from, until } = field;
  switch (field.number) {
    case Value.string:
      writeString(out, body, from, until);
      return true;
    case Value.bool:
      out.ascii(body[from] === 0 ? 'false' : 'true');
      return true;
    case Value.int:
      out.ascii(intText(body, from, until));
      return true;
    case Value.double: {
      const value = body.readDoubleLE(from);
      if (Number.isFinite(value)) out.ascii(doubleText(value));
      return Number.isFinite(value);
    }
    case Value.array:
      return writeArray(out, body, from, until);
    case Value.map:
      return writeMap(out, body, from, until);
    default:
      // Go marshals an empty []byte that pdata copied as nil, so as null.
      out.ascii(from === until ? 'null' : `"${body.toString('base64', from, until)}"`);
      return true;
  }
}

function writeArray(out: Arena, body: Buffer, pos: number, end: number): boolean {
  const field = new Fields(body, pos, end);
  const first = out.length + 1;
  out.byte(0x5b);
  while (field.next()) {
    if (field.number !== 1) continue;
    if (out.length > first) out.byte(0x2c);
    if (!writeValue(out, body, field.from, field.until)) return false;
  }
  out.byte(0x5d);
  return true;
}

function writeMap(out: Arena, body: Buffer, pos: number, end: number): boolean {
  const members = new Members(body, pos, end);
  const order = members.order();
  out.byte(0x7b);
  const first = out.length;
  for (let i = 0; i < order.length; i++) {
    const at = order[i]!;
    if (i + 1 < order.length && members.compare(at, order[i + 1]!) === 0) continue;
    if (out.length > first) out.byte(0x2c);
    writeString(out, body, members.keyFrom[at]!, members.keyUntil[at]!);
    out.byte(0x3a);
    if (!writeValue(out, body, members.valueFrom[at]!, members.valueUntil[at]!)) return false;
  }
  out.byte(0x7d);
  return true;
}

/** A checked int64 varint in decimal; exact beyond 2^53. */
function intText(body: Buffer, pos: number, until: number): string {
  if (until - pos <= 7) {
    let value = 0;
    for (let i = until - 1; i >= pos; i--) value = value * 128 + (body[i]! & 0x7f);
    return String(value);
  }
  let value = 0n;
  for (let i = until - 1; i >= pos; i--) value = (value << 7n) | BigInt(body[i]! & 0x7f);
  return String(BigInt.asIntN(64, value));
}

/** [byte]: how JSON writes it, for those it does not write as they are. Go ≥ 1.22 and ECMAScript agree on all. */
const ESCAPED = Array.from({ length: 0x80 }, (_, byte) => {
  const text = JSON.stringify(String.fromCharCode(byte)).slice(1, -1);
  return text.length > 1 ? Buffer.from(text) : undefined;
});
/** U+2028 and U+2029, E2 80 A8 and E2 80 A9 in UTF-8: Go escapes them whatever the settings, ECMAScript does not. */
const SEPARATORS = [Buffer.from('\\u2028'), Buffer.from('\\u2029')];

function writeString(out: Arena, body: Buffer, from: number, until: number): void {
  out.byte(0x22);
  let plain = from;
  for (let i = from; i < until; i++) {
    const byte = body[i]!;
    let escaped = ESCAPED[byte];
    let size = 1;
    if (byte === 0xe2 && body[i + 1] === 0x80 && (body[i + 2]! & 0xfe) === 0xa8) {
      escaped = SEPARATORS[body[i + 2]! & 1]!;
      size = 3;
    }
    if (escaped === undefined) continue;
    out.copy(body, plain, i);
    out.copy(escaped, 0, escaped.length);
    plain = i + size;
  }
  out.copy(body, plain, until);
  out.byte(0x22);
}
