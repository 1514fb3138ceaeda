import type { Random } from '../../bench/workload/random.ts';

/** Bytes that lengths, tags and varints go wrong at. */
const NASTY = [0x00, 0x01, 0x07, 0x0a, 0x0b, 0x12, 0x7f, 0x80, 0x82, 0xfe, 0xff];

type Change = (random: Random, bytes: Buffer) => Buffer;

const CHANGES: readonly Change[] = [
  // One bit.
  (random, bytes) => at(bytes, random.below(bytes.length), (byte) => byte ^ (1 << random.below(8))),
  // One byte.
  (random, bytes) => at(bytes, random.below(bytes.length), () => random.of(NASTY)),
  // A run of one byte: endless varints, huge lengths.
  (random, bytes) => {
    const from = random.below(bytes.length);
    const run = Buffer.alloc(random.between(1, 12), random.of(NASTY));
    return Buffer.concat([bytes.subarray(0, from), run, bytes.subarray(from + run.length)]);
  },
  (random, bytes) => bytes.subarray(0, random.below(bytes.length)),
  // A piece put in, taken out, or doubled: what follows is shifted.
  (random, bytes) => {
    const [from, until] = range(random, bytes.length);
    const piece = Buffer.from(Array.from({ length: random.between(1, 8) }, () => random.below(256)));
    return Buffer.concat([bytes.subarray(0, from), piece, bytes.subarray(random.chance(0.5) ? from : until)]);
  },
  (random, bytes) => {
    const [from, until] = range(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(until)]);
  },
  (random, bytes) => {
    const [from, until] = range(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, until), bytes.subarray(from)]);
  },
];

/** The bytes with one to three things changed. */
export function mutate(random: Random, bytes: Buffer): Buffer {
  let changed = bytes;
  for (let left = random.between(1, 3); left > 0 && changed.length > 0; left--)
    changed = random.of(CHANGES)(random, changed);
  return changed;
}

function at(bytes: Buffer, place: number, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  copy[place] = change(copy[place]!);
  return copy;
}

/** Mostly short, so that most of the structure stays. */
function range(random: Random, length: number): [from: number, until: number] {
  const from = random.below(length);
  return [from, Math.min(length, from + random.between(1, 40))];
}
