/** Tools of the wire tests: bytes by hand, seeded chance, random requests, and the window all of them use. */
import { LAYOUT } from '../../model/otlp.ts';

export const NOW = 1_780_000_000_000_000_000; // unix ns
export const WINDOW = { earliest: NOW - 3600e9, latest: NOW + 600e9 };

export function varint(value: number | bigint, padTo = 1): number[] {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n || out.length < padTo - 1; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return [...out, Number(rest)];
}

/** A length-delimited field. */
export const field = (number: number, content: ArrayLike<number> | string): number[] => {
  const bytes = typeof content === 'string' ? [...Buffer.from(content)] : Array.from(content);
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
};
export const numeric = (number: number, value: number | bigint): number[] => [
  ...varint(number * 8),
  ...varint(value),
];
export const fixed64 = (number: number, value: bigint): number[] => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return [...varint(number * 8 + 1), ...bytes];
};
export const double = (number: number, value: number): number[] => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return [...varint(number * 8 + 1), ...bytes];
};

export const TRACE_ID = Array.from({ length: 16 }, (_, i) => i + 1);
export const SPAN_ID = [9, 8, 7, 6, 5, 4, 3, 2];
export const START = fixed64(7, BigInt(NOW));
/** The content of a span that nothing is wrong with, and whatever is added to it. */
export const span = (...more: number[][]): number[] => [
  ...field(1, TRACE_ID),
  ...field(2, SPAN_ID),
  ...START,
  ...more.flat(),
];
/** A request of one resource, one scope and these spans (their contents). */
export const request = (...spans: number[][]): Uint8Array =>
  Uint8Array.from(
    field(
      1,
      field(
        2,
        spans.flatMap((content) => field(2, content)),
      ),
    ),
  );
/** A request of one span with one attribute "k" of that AnyValue (its content). */
export const withValue = (value: number[]): Uint8Array =>
  request(span(field(9, [...field(1, 'k'), ...field(2, value)])));

/** Of AnyValue, for values inside containers as well. */
export const any = {
  string: (text: string) => field(1, text),
  bool: (value: boolean) => numeric(2, value ? 1 : 0),
  int: (value: bigint) => numeric(3, value),
  double: (value: number) => double(4, value),
  array: (...values: number[][]) =>
    field(
      5,
      values.flatMap((value) => field(1, value)),
    ),
  map: (...members: [string, number[]][]) =>
    field(
      6,
      members.flatMap(([key, value]) => field(1, [...field(1, key), ...field(2, value)])),
    ),
  bytes: (...bytes: number[]) => field(7, bytes),
};

/** SEED from the environment, else a new one; put it into the message of every failing expectation. */
export const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

export class Chance {
  private state: number;
  constructor(seed: number) {
    this.state = seed | 0;
  }
  /** [0, 1), by mulberry32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
  bytes(length: number): number[] {
    return Array.from({ length }, () => this.below(256));
  }
}

export interface Habits {
  /** How often a field comes twice, a number is out of range, a varint is padded: legal, but no SDK does it. */
  odd: number;
  /** How often a field the layout does not know is put in. */
  unknown: number;
}

const TEXTS = [
  '',
  'a',
  'service.name',
  'GET /',
  'grüße',
  '日本語',
  '<a href="x">&\u2028</a>',
  '\u0000\t\u001f\u007f',
  '😀\ue000',
];
const DOUBLES = [0, -0, 1.5, 1e21, -1e21, 1e-7, 5e-324, 123456789012345680000, 0.1];
const INTS = [0n, 1n, -1n, 127n, 128n, 9007199254740993n, -9223372036854775808n, 9223372036854775807n];

/** The bytes of a random message: legal protobuf, fields in any order. */
export function randomMessage(chance: Chance, name: string, habits: Habits, depth = 0): number[] {
  const fields = LAYOUT[name]!.filter((f) => f.rule !== 'oneof');
  const members = LAYOUT[name]!.filter((f) => f.rule === 'oneof');
  const simple = depth > 16 ? members.slice(0, 4) : members;
  const chosen = fields.filter((f) => f.rule !== 'repeated' && (chance.next() < 0.8 || isNeeded(f.name)));
  for (const f of fields) if (f.rule === 'repeated') for (let i = chance.below(4); i > 0; i--) chosen.push(f);
  if (simple.length > 0 && chance.next() < 0.95) chosen.push(chance.of(simple));
  if (chance.next() < habits.odd) chosen.push(chance.of([...fields, ...simple]));
  if (chance.next() < 0.3) chosen.sort(() => chance.next() - 0.5);
  const out: number[] = [];
  for (const f of chosen) {
    if (chance.next() < habits.unknown) out.push(...randomUnknown(chance));
    if (f.rule === 'repeated' && f.type in PACKABLE && chance.next() < 0.7)
      out.push(...randomPacked(chance, f.number, f.type, habits));
    else out.push(...randomField(chance, name, f.number, f.name, f.type, habits, depth));
  }
  return out;
}

/** Types of repeated numbers, with the bytes of one. */
const PACKABLE: Record<string, (chance: Chance, habits: Habits) => number[]> = {
  fixed64: (chance) => chance.bytes(8),
  double: (chance) => double(1, chance.of(DOUBLES)).slice(1),
  uint64: (chance, { odd }) => varint(chance.of(INTS), chance.next() < odd ? 10 : 1),
};

function randomPacked(chance: Chance, number: number, type: string, habits: Habits): number[] {
  const count = chance.below(4);
  return field(number, Array.from({ length: count }, () => PACKABLE[type]!(chance, habits)).flat());
}

const isNeeded = (name: string) => /^(trace_id|span_id|start_time_unix_nano|value|key)$/.test(name);

function randomUnknown(chance: Chance): number[] {
  const number = chance.of([29, 31, 32, 1000, 536870911]);
  return chance.of([
    numeric(number, chance.of(INTS)),
    fixed64(number, 7n),
    field(number, chance.bytes(chance.below(5))),
    [...varint(number * 8 + 5), 1, 2, 3, 4],
  ]);
}

function randomField(
  chance: Chance,
  message: string,
  number: number,
  name: string,
  type: string,
  habits: Habits,
  depth: number,
): number[] {
  const odd = chance.next() < habits.odd;
  if (type in LAYOUT) return field(number, randomMessage(chance, type, habits, depth + 1));
  if (type === 'string')
    return field(number, message === 'KeyValue' && depth < 4 ? 'service.name' : chance.of(TEXTS));
  if (type === 'bytes') return field(number, randomBytes(chance, name));
  if (type === 'double') return double(number, odd ? chance.of([Number.NaN, -Infinity]) : chance.of(DOUBLES));
  if (type === 'fixed64') return fixed64(number, randomTime(chance));
  if (type === 'sfixed64') return fixed64(number, BigInt.asUintN(64, chance.of(INTS)));
  if (type === 'fixed32') return [...varint(number * 8 + 5), ...chance.bytes(4)];
  if (odd)
    return [...varint(number * 8, chance.of([1, 5])), ...varint(chance.of(INTS), chance.of([1, 9, 10]))];
  if (type === 'int64' || type === 'uint64') return numeric(number, chance.of(INTS));
  if (type === 'bool') return numeric(number, chance.below(2));
  if (type === 'sint32') return numeric(number, chance.of([0, 1, 12345, 4294967295]));
  if (type === 'int32') return numeric(number, chance.of([0, 2, -1, 2147483647, -2147483648]));
  return numeric(number, chance.of([0, 300, 4294967295]));
}

function randomBytes(chance: Chance, name: string): number[] {
  if (!/_id$/.test(name)) return chance.bytes(chance.below(6));
  const size = name === 'trace_id' ? 16 : 8;
  const faulty = chance.next() < 0.05;
  if (faulty) return chance.of([[], Array(size).fill(0), chance.bytes(size - 1)]);
  return name === 'parent_span_id' && chance.next() < 0.2 ? Array(8).fill(0) : [1, ...chance.bytes(size - 1)];
}

function randomTime(chance: Chance): bigint {
  if (chance.next() < 0.05) return chance.of([0n, 18446744073709551615n]);
  return BigInt(NOW) + BigInt(chance.below(1e9));
}
