/** The cardinality guard at the door: the offender is held to its limit, nothing else suffers. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { SeriesGuard } from '../../collector/receive/series-guard.ts';
import { admit } from '../../collector/wire/admit.ts';
import { descriptor } from '../../collector/wire/reencode.ts';
import { REQUEST } from '../../model/otlp.ts';

const TYPE = descriptor(REQUEST.metrics);
const WINDOW = { earliest: 0, latest: Number.MAX_SAFE_INTEGER * 1e6 };
const KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;

type Kind = (typeof KINDS)[number];
type Request = {
  resourceMetrics: {
    scopeMetrics: { metrics: { name: string; kind: { value: { dataPoints: unknown[] } } }[] }[];
  }[];
};

const attributes = (values: Record<string, string>) =>
  Object.entries(values).map(([key, value]) => ({ key, value: { kind: { case: 'stringValue', value } } }));

function point(kind: Kind, series: Record<string, string>): object {
  const common = { timeUnixNano: 1_000_000_000n, attributes: attributes(series) };
  return kind === 'gauge' || kind === 'sum' ? { ...common, kind: { case: 'asInt', value: 1n } } : common;
}

const metric = (name: string, kind: Kind, points: Record<string, string>[]) => ({
  name,
  kind: { case: kind, value: { dataPoints: points.map((series) => point(kind, series)) } },
});

function request(service: string, ...metrics: object[]): Uint8Array {
  const resource = { attributes: attributes({ 'service.name': service, 'host.name': 'h1' }) };
  return toBinary(
    TYPE,
    create(TYPE, { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] } as never),
  );
}

/** Points by metric, as an independent decoder reads them. */
function pointsIn(body: Uint8Array): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { scopeMetrics } of (fromBinary(TYPE, body) as unknown as Request).resourceMetrics)
    for (const { metrics } of scopeMetrics)
      for (const { name, kind } of metrics) counts[name] = (counts[name] ?? 0) + kind.value.dataPoints.length;
  return counts;
}

const users = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ route: '/', 'user.id': `u${from + i}` }));

const OFFENDER = {
  kind: 'series' as const,
  service: 'cart',
  metric: 'requests',
  count: 99,
  limit: 5,
  attribute: 'user.id',
  values: 99,
};

function guardOf(...offenders: object[]): { guard: SeriesGuard; clock: { now: number } } {
  const clock = { now: 1_000_000 };
  const guard = new SeriesGuard(() => clock.now);
  guard.found(offenders.map((offender) => ({ ...OFFENDER, ...offender })));
  return { guard, clock };
}

test('what is no offender passes as the same bytes', () => {
  const { guard } = guardOf({ service: 'other' });
  const body = request('cart', metric('requests', 'sum', users(0, 50)));
  expect(guard.guard(body)).toEqual({ body, refused: 0, reason: '' });
  expect(guard.guard(body).body).toBe(body);
});

test.each(KINDS)('a %s keeps its first series, and its neighbours keep everything', (kind) => {
  const { guard } = guardOf({});
  const body = request(
    'cart',
    metric('before', kind, users(0, 9)),
    metric('requests', kind, users(0, 12)),
    metric('after', 'gauge', users(0, 9)),
  );
  const { body: passed, refused, reason } = guard.guard(body);
  expect(pointsIn(passed)).toEqual({ before: 9, requests: 5, after: 9 });
  expect(refused).toBe(7);
  expect(reason).toContain('attribute user.id has 99 values');
  expect(admit(passed, 'metrics', WINDOW).accepted).toBe(23);
  expect(pointsIn(guard.guard(body).body), 'known series stay').toMatchObject({ requests: 5 });
});

test('the order of attributes makes no new series, another resource does', () => {
  const { guard } = guardOf({ limit: 1 });
  const forward = { a: '1', b: '2' };
  expect(guard.guard(request('cart', metric('requests', 'sum', [forward]))).refused).toBe(0);
  expect(guard.guard(request('cart', metric('requests', 'sum', [{ b: '2', a: '1' }]))).refused).toBe(0);
  expect(guard.guard(request('cart', metric('requests', 'sum', [{ a: '1', b: '3' }]))).refused).toBe(1);
});

test('refused points are counted for each offender, and operations are named only', () => {
  const operations = { kind: 'operations', service: 'web', metric: '', attribute: '', values: 0 };
  const { guard } = guardOf({}, { service: 'pay' }, operations);
  guard.guard(request('cart', metric('requests', 'sum', users(0, 8))));
  guard.guard(request('pay', metric('requests', 'sum', users(0, 6))));
  expect(guard.offenders().map(({ kind, service, refused }) => [kind, service, refused])).toEqual([
    ['series', 'cart', 3],
    ['series', 'pay', 1],
    ['operations', 'web', 0],
  ]);
});

test('a series that went away makes room, and an offender that mended its ways is let go', () => {
  const { guard, clock } = guardOf({});
  const first = request('cart', metric('requests', 'sum', users(0, 6)));
  expect(guard.guard(first).refused).toBe(1);
  clock.now += 9 * 60_000;
  expect(guard.guard(request('cart', metric('requests', 'sum', users(0, 2)))).refused).toBe(0);
  clock.now += 2 * 60_000;
  guard.found([OFFENDER]);
  expect(guard.guard(request('cart', metric('requests', 'sum', users(10, 14)))).refused).toBe(1);
  clock.now += 11 * 60_000;
  guard.found([]);
  expect(guard.offenders()).toEqual([]);
});
