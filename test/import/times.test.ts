/** Every time of every signal is found and moved, and nothing else. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { shiftTimes, timesOf } from '../../app/import/times.ts';
import { descriptor } from '../../collector/wire/reencode.ts';
import { LAYOUT, REQUEST, type Signal } from '../../model/otlp.ts';

const BASE = 1_674_981_730_000_000_000n;
const BY = 123_456_789_012_345_678n;

/** A message with every field that leads to a time filled, each time another; filled one more for each. */
function filled(message: string, next: () => bigint, above: readonly string[] = []): object {
  const content: Record<string, unknown> = {};
  for (const { name, type, rule } of LAYOUT[message]!) {
    const key = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (name.endsWith('time_unix_nano')) content[key] = next();
    else if (type in LAYOUT && !above.includes(type) && type !== 'AnyValue' && rule !== 'oneof') {
      const child = filled(type, next, [...above, type]);
      content[key] = rule === 'repeated' ? [child, child] : child;
    }
  }
  return content;
}

/** A metric of each kind, since they share a oneof. */
function request(signal: Signal, next: () => bigint): object {
  if (signal !== 'metrics') return filled(REQUEST[signal], next);
  const kinds = LAYOUT.Metric!.filter(({ rule }) => rule === 'oneof');
  const metrics = kinds.map(({ name, type }) => ({
    kind: {
      case: name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value: filled(type, next),
    },
  }));
  return { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] };
}

function times(value: unknown, found: bigint[] = []): bigint[] {
  if (value !== null && typeof value === 'object' && !(value instanceof Uint8Array))
    for (const [key, content] of Object.entries(value)) {
      if (/imeUnixNano$/.test(key)) found.push(content as bigint);
      else times(content, found);
    }
  return found;
}

const COUNTS: Record<Signal, number> = {
  traces: 2 * 2 * 2 * (2 + 2),
  metrics: 5 * 2 * 2 + 4 * 2 * 2,
  logs: 2 * 2 * 2 * 2,
};

test.each(['traces', 'metrics', 'logs'] as const)('%s', (signal) => {
  let n = 0n;
  const schema = descriptor(REQUEST[signal]);
  const body = toBinary(schema, create(schema, request(signal, () => BASE + n++) as never));
  const before = times(fromBinary(schema, body));
  expect(before).toHaveLength(COUNTS[signal]);
  expect(timesOf(body, signal)).toEqual({ oldest: BASE, newest: BASE + n - 1n });
  shiftTimes(body, signal, BY);
  expect(times(fromBinary(schema, body))).toEqual(before.map((time) => time + BY));
  shiftTimes(body, signal, -BY);
  expect(times(fromBinary(schema, body))).toEqual(before);
});

test('a time of 0 means "not known" and stays so', () => {
  const schema = descriptor(REQUEST.logs);
  const bytes = [0x09, ...new Array(8).fill(0)];
  const body = Uint8Array.from([0x0a, 13, 0x12, 11, 0x12, 9, ...bytes]);
  expect(timesOf(body, 'logs').newest).toBe(0n);
  shiftTimes(body, 'logs', BY);
  expect(times(fromBinary(schema, body))[0]).toBe(0n);
});
