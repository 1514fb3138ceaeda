/** Writes a body anew with the edits a walk asked for: every length around an edit is computed again. */
import { Arena } from './arena.ts';
import { Edit, type Edits } from './edits.ts';
import { Fields } from './fields.ts';
import type { Redaction } from './redaction.ts';
import { writeText } from './stringify.ts';
import { readLength, varintEnd, varintSize, writeVarint } from './varint.ts';

/** Tag of AnyValue.string_value. */
const STRING_VALUE = 0x0a;
/** Tag of LogRecord.observed_time_unix_nano (11, fixed64), and the bytes of the field. */
const OBSERVED_TIME = 0x59;
const STAMP_BYTES = 9;

/**
 * One pass for the sizes and one for the bytes: O(body + texts), whatever the number of edits. A text can be up to
 * six times the bytes it replaces (control characters inside an array).
 */
export function splice(body: Uint8Array, edits: Edits, redaction?: Redaction): Uint8Array {
  const source = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const texts = new Arena(edits.count * 32);
  const ends = renderTexts(source, edits, texts, redaction);
  const lengths = new Int32Array(edits.frameCount);
  const growth = measure(source, edits, ends, lengths);
  const out = Buffer.allocUnsafe(source.length + growth);
  write(source, edits, texts, ends, lengths, out);
  return out;
}

/** @returns [edit]: where its text ends in `texts`; each begins where the one before it ends */
function renderTexts(body: Buffer, edits: Edits, texts: Arena, redaction: Redaction | undefined): Int32Array {
  const ends = new Int32Array(edits.count);
  for (let i = 0; i < edits.count; i++) {
    const [from, until, what] = [edits.ranges[i * 3]!, edits.ranges[i * 3 + 1]!, edits.ranges[i * 3 + 2]];
    if (what === Edit.hash) redaction?.write(texts, body, from, until);
    if (what === Edit.text) {
      const field = new Fields(body, from, until);
      field.next();
      writeText(texts, body, field);
    }
    ends[i] = texts.length;
  }
  return ends;
}

function sizeOfEdit(edits: Edits, ends: Int32Array, i: number): number {
  if (edits.ranges[i * 3 + 2] === Edit.cut) return 0;
  if (edits.ranges[i * 3 + 2] === Edit.stamp) return STAMP_BYTES;
  const length = ends[i]! - (i === 0 ? 0 : ends[i - 1]!);
  if (edits.ranges[i * 3 + 2] === Edit.hash) return length;
  return 1 + varintSize(length) + length;
}

/** Fills `lengths` with the new length of every frame; returns by how much the whole body grows (or shrinks). */
function measure(body: Buffer, edits: Edits, ends: Int32Array, lengths: Int32Array): number {
  // Open frames, outermost first: where each ends, which one it is, by how much its content has grown so far.
  const until: number[] = [Number.POSITIVE_INFINITY];
  const which: number[] = [-1];
  const growth: number[] = [0];
  const closeBefore = (pos: number) => {
    while (until[until.length - 1]! <= pos) {
      const frame = which.pop()!;
      const grown = growth.pop()!;
      until.pop();
      const old = readLength(body, edits.frames[frame]!, body.length);
      lengths[frame] = old + grown;
      const oldSize = varintEnd - edits.frames[frame]!;
      growth[growth.length - 1]! += grown + varintSize(old + grown) - oldSize;
    }
  };
  let frame = 0;
  for (let i = 0; i < edits.count; i++) {
    const from = edits.ranges[i * 3]!;
    for (; frame < edits.frameCount && edits.frames[frame]! < from; frame++) {
      const lengthAt = edits.frames[frame]!;
      closeBefore(lengthAt);
      const length = readLength(body, lengthAt, body.length);
      until.push(varintEnd + length);
      which.push(frame);
      growth.push(0);
    }
    // A stamp takes no bytes: what ends where it stands is an empty record that is to hold it.
    closeBefore(edits.ranges[i * 3 + 2] === Edit.stamp ? from - 1 : from);
    growth[growth.length - 1]! += sizeOfEdit(edits, ends, i) - (edits.ranges[i * 3 + 1]! - from);
  }
  closeBefore(body.length);
  return growth[0]!;
}

function write(
  body: Buffer,
  edits: Edits,
  texts: Arena,
  ends: Int32Array,
  lengths: Int32Array,
  out: Buffer,
): void {
  let read = 0;
  let written = 0;
  const copyTo = (pos: number) => {
    written += body.copy(out, written, read, pos);
    read = pos;
  };
  let frame = 0;
  for (let i = 0; i < edits.count; i++) {
    const from = edits.ranges[i * 3]!;
    for (; frame < edits.frameCount && edits.frames[frame]! < from; frame++) {
      copyTo(edits.frames[frame]!);
      written = writeVarint(out, written, lengths[frame]!);
      readLength(body, read, body.length);
      read = varintEnd;
    }
    copyTo(from);
    read = edits.ranges[i * 3 + 1]!;
    if (edits.ranges[i * 3 + 2] === Edit.text) {
      const textFrom = i === 0 ? 0 : ends[i - 1]!;
      out[written++] = STRING_VALUE;
      written = writeVarint(out, written, ends[i]! - textFrom);
      written += texts.bytes.copy(out, written, textFrom, ends[i]!);
    } else if (edits.ranges[i * 3 + 2] === Edit.hash) {
      written += texts.bytes.copy(out, written, i === 0 ? 0 : ends[i - 1]!, ends[i]!);
    } else if (edits.ranges[i * 3 + 2] === Edit.stamp) {
      out[written++] = OBSERVED_TIME;
      written = out.writeBigUInt64LE(BigInt(edits.stamp), written);
    }
  }
  copyTo(body.length);
}
