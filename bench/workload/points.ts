import type { Instrument } from './instruments.ts';
import { ProtoWriter } from './protobuf.ts';
import type { Random } from './random.ts';

/** Bounds of durations in seconds, as the conventions advise. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const PACKED_BOUNDS = Buffer.from(Float64Array.from(BOUNDS).buffer);
/** Share of the measurements in each bucket. */
const WEIGHTS = [0.05, 0.12, 0.2, 0.22, 0.14, 0.1, 0.08, 0.04, 0.02, 0.01, 0.01, 0.005, 0.003, 0.001, 0.001];
const EXEMPLARS = 0.05;
/** Counts in an exponential histogram at scale 3: about a factor of 16 between its ends. */
const EXPONENTIAL_BUCKETS = { least: 20, most: 40 } as const;

/** When a point was taken, and how often its process has exported before. */
export interface Moment {
  start: bigint;
  time: bigint;
  round: number;
}

/** Writes data points (`metrics/v1`), one at a time. Its buffers are used again. */
export class PointWriter {
  readonly #point = new ProtoWriter();
  readonly #part = new ProtoWriter();
  readonly #counts = Buffer.alloc(8 * WEIGHTS.length);

  /** The point's bytes, valid until the next call. @param attributes fields of the point's own number */
  write(random: Random, instrument: Instrument, attributes: Buffer, moment: Moment): Buffer {
    const point = this.#point.reset();
    if (instrument.kind === 'exponential') point.raw(attributes);
    point.fixed64(2, moment.start);
    point.fixed64(3, moment.time);
    if (instrument.kind === 'histogram') this.#histogram(random, attributes, moment);
    else if (instrument.kind === 'exponential') this.#exponential(random);
    else this.#number(random, instrument, attributes, moment.round);
    return point.view();
  }

  #number(random: Random, { monotonic, whole }: Instrument, attributes: Buffer, round: number): void {
    const value = monotonic ? round * 1_500 + random.below(1_500) : random.below(100_000);
    if (whole) this.#point.fixed64(6, BigInt(value));
    else this.#point.double(4, value / 997);
    this.#point.raw(attributes);
  }

  #histogram(random: Random, attributes: Buffer, { round, time }: Moment): void {
    const measured = (round + 1) * 40 + random.below(40);
    let count = 0;
    for (const [i, weight] of WEIGHTS.entries()) {
      const inBucket = Math.floor(weight * measured);
      this.#counts.writeUInt32LE(inBucket, i * 8);
      count += inBucket;
    }
    this.#point.fixed64(4, BigInt(count));
    this.#point.double(5, count * (0.08 + random.next() / 100));
    this.#point.bytes(6, this.#counts);
    this.#point.bytes(7, PACKED_BOUNDS);
    if (random.chance(EXEMPLARS)) this.#exemplar(random, 8, time);
    this.#point.raw(attributes);
    this.#point.double(11, 0.001 + random.next() / 1_000);
    this.#point.double(12, 1 + random.next());
  }

  #exponential(random: Random): void {
    const buckets = random.between(EXPONENTIAL_BUCKETS.least, EXPONENTIAL_BUCKETS.most);
    const packed = new ProtoWriter(128);
    let count = 0;
    for (let i = 0; i < buckets; i++) {
      const inBucket = random.below(1 + Math.min(i, buckets - i) * 12);
      packed.varint(inBucket);
      count += inBucket;
    }
    this.#point.fixed64(4, BigInt(count));
    this.#point.double(5, count * 0.012);
    this.#point.number(6, 3 * 2);
    const positive = this.#part.reset();
    positive.number(1, 60 * 2 - 1);
    positive.bytes(2, packed.view());
    this.#point.bytes(8, positive.view());
    this.#point.double(12, 0.0006);
    this.#point.double(13, 0.4 + random.next());
  }

  #exemplar(random: Random, field: number, time: bigint): void {
    const exemplar = this.#part.reset();
    exemplar.fixed64(2, time - 1_000_000n);
    exemplar.double(3, random.next());
    const ids = Buffer.from(random.hex(8).repeat(6), 'hex');
    exemplar.bytes(4, ids.subarray(0, 8));
    exemplar.bytes(5, ids.subarray(8));
    this.#point.bytes(field, exemplar.view());
  }
}
