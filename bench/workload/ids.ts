/**
 * Span ids that look random and still tell which request they came in: a Feistel network of two rounds over (batch,
 * index), so that each pair has an id of its own and the store can be asked in one query what became of each batch.
 */

/** Most spans a batch can have. */
export const MAX_INDEX = 0xffff_ffff;

const ROUND_KEYS = [0x9e3779b1, 0x85ebca77] as const;

/** Writes the 8 bytes of a span id at `at`: both numbers are unsigned 32-bit. Never all zero for batches above 0. */
export function writeSpanId(target: Buffer, at: number, batch: number, index: number): void {
  const right = (index ^ round(batch, ROUND_KEYS[0])) >>> 0;
  const left = (batch ^ round(right, ROUND_KEYS[1])) >>> 0;
  target.writeUInt32BE(left, at);
  target.writeUInt32BE(right, at + 4);
}

/** What `writeSpanId` was given. @param id 16 hex digits */
export function readSpanId(id: string): { batch: number; index: number } {
  const left = Number.parseInt(id.slice(0, 8), 16);
  const right = Number.parseInt(id.slice(8), 16);
  const batch = (left ^ round(right, ROUND_KEYS[1])) >>> 0;
  return { batch, index: (right ^ round(batch, ROUND_KEYS[0])) >>> 0 };
}

/** The same as SQL over a column of hex ids: `WITH` items that define `batch` and `index`. */
export function spanIdSql(column: string): string {
  return [
    `reinterpretAsUInt32(reverse(unhex(substring(${column}, 1, 8)))) AS id_left`,
    `reinterpretAsUInt32(reverse(unhex(substring(${column}, 9, 8)))) AS id_right`,
    `bitXor(id_left, ${roundSql('id_right', ROUND_KEYS[1])}) AS batch`,
    `bitXor(id_right, ${roundSql('batch', ROUND_KEYS[0])}) AS index`,
  ].join(',\n  ');
}

/** Multiply, fold the high half in, multiply: enough that neighbours share nothing visible. */
function round(value: number, key: number): number {
  const mixed = Math.imul(value ^ key, key);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 0;
}

function roundSql(value: string, key: number): string {
  const mixed = `toUInt32(bitAnd(bitXor(${value}, ${key}) * toUInt64(${key}), 4294967295))`;
  return `toUInt32(bitAnd(bitXor(${mixed}, bitShiftRight(${mixed}, 15)) * toUInt64(${0x2c1b3c6d}), 4294967295))`;
}
