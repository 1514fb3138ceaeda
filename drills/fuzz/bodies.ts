import { gunzipSync, gzipSync } from 'node:zlib';
import { Random } from '../../bench/workload/random.ts';
import { traceRequests } from '../../bench/workload/traces.ts';
import { isStrictlyValid } from './decoded.ts';
import { mutate } from './mutate.ts';

/** One thing to send, and what an independent reader says should become of it. */
export interface Fuzzed {
  transport: 'http' | 'grpc';
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** `either`: only that it is one of the two, since nobody but the product's own library reads it. */
  expected: 'taken' | 'refused' | 'either';
}

/** Far above the numbers of the neighbours, so that what is stored of these is not held for theirs. */
const FIRST_BATCH = 100_000_000;
const SPANS = 6;
/** Different requests that are changed. */
const ORIGINALS = 200;

/** Endless bodies of all kinds. The same seed gives the same ones. */
export function* fuzzedBodies(seed: number, startAt: number): Generator<Fuzzed, never> {
  const random = new Random(seed);
  const source = traceRequests({ seed, spansPerRequest: SPANS, startAt, firstBatch: FIRST_BATCH });
  const originals = Array.from({ length: ORIGINALS }, () => source.next().value.body);
  for (;;) {
    const chance = random.next();
    if (chance < 0.1) yield json(random);
    else if (chance < 0.2) yield compressed(random, random.of(originals));
    else if (chance < 0.25) yield protobuf(random, noise(random));
    else yield protobuf(random, mutate(random, random.of(originals)));
  }
}

const verdict = (body: Buffer): Fuzzed['expected'] => (isStrictlyValid(body) ? 'taken' : 'refused');
const noise = (random: Random): Buffer =>
  Buffer.from(Array.from({ length: random.below(64) }, () => random.below(256)));

function protobuf(random: Random, body: Buffer): Fuzzed {
  const transport = random.chance(0.2) ? 'grpc' : 'http';
  return { ...over(transport), body, expected: verdict(body) };
}

/** Changed after compression: what zlib still reads is for the reader of protobuf. */
function compressed(random: Random, original: Buffer): Fuzzed {
  const body = mutate(random, gzipSync(original, { level: 1 }));
  const { headers, ...rest } = over('http');
  return { ...rest, headers: { ...headers, 'Content-Encoding': 'gzip' }, body, expected: unpacked(body) };
}

function unpacked(body: Buffer): Fuzzed['expected'] {
  try {
    return verdict(gunzipSync(body));
  } catch {
    return 'refused';
  }
}

function json(random: Random): Fuzzed {
  const span = {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    name: 'GET /',
    kind: 2,
    startTimeUnixNano: '1',
    attributes: [{ key: 'a', value: { arrayValue: { values: [{ intValue: '1' }, { doubleValue: 0.5 }] } } }],
  };
  const text = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span, span] }] }] });
  const headers = { 'Content-Type': 'application/json' };
  return { ...over('http'), headers, body: mutate(random, Buffer.from(text)), expected: 'either' };
}

function over(transport: 'http' | 'grpc') {
  const headers: Record<string, string> =
    transport === 'http' ? { 'Content-Type': 'application/x-protobuf' } : {};
  return { transport, path: '/v1/traces', headers };
}
