/** Metrics over time: rates that survive restarts, quantiles of both histograms, names that change what they are. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Aggregation } from '../../model/metric.ts';
import { explicitQuantile, exponentialQuantile } from '../../store/queries/histogram.ts';
import { listMetrics } from '../../store/queries/metric-catalogue.ts';
import { ZERO_KEY } from '../../store/queries/metric-points.ts';
import { readSeries } from '../../store/queries/metric-series.ts';
import { attributes, type FrontDoor, openFrontDoor } from './front-door.ts';

const MINUTE_MS = 60_000;
const BASE = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 20 * MINUTE_MS;
const RANGE = { from: BASE, to: BASE + 5 * MINUTE_MS };
const ns = (minute: number) => BigInt(BASE + minute * MINUTE_MS) * 1_000_000n + 1_000_000_000n;

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door?.stop());

const send = (name: string, unit: string, data: object, service = 'shop') =>
  door.store('metrics', {
    resourceMetrics: [
      {
        resource: { attributes: attributes({ 'service.name': service, 'host.name': `${service}-1` }) },
        scopeMetrics: [{ metrics: [{ name, unit, kind: data }] }],
      },
    ],
  });
const numbers = (points: [minute: number, value: number][], labels = {}, start = -60) =>
  points.map(([minute, value]) => ({
    timeUnixNano: ns(minute),
    startTimeUnixNano: ns(start),
    attributes: attributes(labels),
    kind: { case: 'asDouble', value },
  }));
const sum = (dataPoints: object[], aggregationTemporality = 2, isMonotonic = true) => ({
  case: 'sum',
  value: { dataPoints, aggregationTemporality, isMonotonic },
});
async function read(name: string, aggregation?: Aggregation, by = '', form = 0) {
  const { metrics } = await listMetrics(door.engine, { env: '', name });
  return readSeries(door.engine, {
    range: RANGE,
    env: '',
    name,
    form: metrics[0]!.forms[form]!,
    aggregation,
    by,
    attributes: [],
  });
}
const perMinute = ({ series }: Awaited<ReturnType<typeof read>>, factor = 60) =>
  Object.fromEntries(
    series.map(({ group, values }) => [
      group,
      values.map((v) => (v === null ? null : Math.round(v * factor * 1e6) / 1e6)),
    ]),
  );

describe('a counter', () => {
  test('is a rate by the increases of its series, a restart counts whole and not below zero', async () => {
    await send(
      'requests',
      '1',
      sum([
        ...numbers(
          [
            [-1, 100],
            [0, 110],
            [1, 130],
            [2, 5],
            [4, 11],
          ],
          { route: 'a' },
        ),
      ]),
    );
    await send(
      'requests',
      '1',
      sum(
        numbers(
          [
            [0, 1_000],
            [1, 1_001],
          ],
          { route: 'b' },
        ),
      ),
    );
    const view = await read('requests', 'rate', 'route');
    expect(perMinute(view)).toEqual({ a: [10, 20, 5, null, 6], b: [null, 1, null, null, null] });
    expect(view.keys).toEqual(['host.name', 'route', 'service.name']);
  });

  test('whose start says that it began anew counts whole even if it is larger', async () => {
    await send(
      'restarted',
      '1',
      sum([
        ...numbers([
          [0, 5],
          [1, 10],
        ]),
        ...numbers([[2, 50]], {}, 1.5),
      ]),
    );
    expect(perMinute(await read('restarted'))).toEqual({ '': [null, 5, 50, null, null] });
  });

  test('of deltas is added up', async () => {
    await send(
      'deltas',
      '1',
      sum(
        numbers([
          [0, 5],
          [0.5, 7],
          [3, 2],
        ]),
        1,
      ),
    );
    expect(perMinute(await read('deltas'))).toEqual({ '': [12, null, null, 2, null] });
  });
});

test('a gauge has average, extremes, quantiles and the sum of its series', async () => {
  for (const [host, value] of [
    ['a', 1],
    ['b', 3],
  ] as const)
    await send('memory', 'By', {
      case: 'gauge',
      value: {
        dataPoints: numbers(
          [
            [0, value],
            [0.5, value + 1],
          ],
          { host },
        ),
      },
    });
  const first = async (aggregation: Aggregation) => (await read('memory', aggregation)).series[0]!.values[0];
  expect([await first('avg'), await first('min'), await first('max'), await first('sum')]).toEqual([
    2.5, 1, 4, 5,
  ]);
  await expect(first('rate')).rejects.toThrow(/of a gauge there is avg/);
});

test('groups beyond the eighth are added up where that means something', async () => {
  const points = Array.from({ length: 12 }, (_, i) => numbers([[0, i + 1]], { n: `n${i}` })).flat();
  await send('many', '1', { case: 'gauge', value: { dataPoints: points } });
  const view = await read('many', 'sum', 'n');
  expect(view.series.map(({ group }) => group).slice(0, 2)).toEqual(['n11', 'n10']);
  expect(view.others).toMatchObject({ groups: 4, values: [10, null, null, null, null] });
  expect((await read('many', 'max', 'n')).others).toEqual({ groups: 4, values: null });
});

test('a histogram, cumulative with a restart, has quantiles, average and rate', async () => {
  const point = (minute: number, bucketCounts: number[], total: number) => ({
    timeUnixNano: ns(minute),
    startTimeUnixNano: ns(-60),
    count: BigInt(bucketCounts.reduce((a, b) => a + b, 0)),
    sum: total,
    bucketCounts: bucketCounts.map(BigInt),
    explicitBounds: [10, 20, 40],
  });
  const dataPoints = [point(0, [5, 5, 5, 0], 200), point(1, [5, 15, 5, 0], 350), point(2, [0, 0, 4, 0], 120)];
  await send('latency', 'ms', { case: 'histogram', value: { dataPoints, aggregationTemporality: 2 } });
  expect((await read('latency', 'p50')).series[0]!.values).toEqual([null, 15, 30, null, null]);
  expect((await read('latency', 'avg')).series[0]!.values).toEqual([null, 15, 30, null, null]);
  expect(perMinute(await read('latency', 'rate'))).toEqual({ '': [null, 10, 4, null, null] });
});

test('an exponential histogram that becomes coarser keeps its quantiles within 4.4 % of scale 3', async () => {
  const point = (minute: number, scale: number, offset: number, bucketCounts: number[]) => ({
    timeUnixNano: ns(minute),
    startTimeUnixNano: ns(-60),
    count: BigInt(bucketCounts.reduce((a, b) => a + b, 0)),
    sum: 1,
    scale,
    positive: { offset, bucketCounts: bucketCounts.map(BigInt) },
  });
  // Index 26 at scale 3 is (2^3.25, 2^3.375]; at scale 2 the same values are in index 13.
  const dataPoints = [point(0, 3, 26, [10]), point(1, 3, 26, [20]), point(2, 2, 13, [20, 30])];
  await send('exp', 'ms', { case: 'exponentialHistogram', value: { dataPoints, aggregationTemporality: 2 } });
  const [, one, two] = (await read('exp', 'p50')).series[0]!.values;
  expect(one).toBeCloseTo(2 ** (26.5 / 8));
  expect(two).toBeCloseTo(2 ** (14.5 / 4));
});

test('of a summary, quantiles are the largest reported', async () => {
  const point = (minute: number, count: number, value: number, host: string) => ({
    timeUnixNano: ns(minute),
    startTimeUnixNano: ns(-60),
    attributes: attributes({ host }),
    count: BigInt(count),
    sum: count * 2,
    quantileValues: [{ quantile: 0.95, value }],
  });
  const dataPoints = [point(0, 10, 5, 'a'), point(1, 20, 6, 'a'), point(0, 1, 9, 'b'), point(1, 2, 8, 'b')];
  await send('old', 's', { case: 'summary', value: { dataPoints } });
  expect((await read('old', 'p95')).series[0]!.values.slice(0, 2)).toEqual([null, 8]);
  expect((await read('old', 'avg')).series[0]!.values[1]).toBe(2);
  expect((await read('old', 'p50')).series[0]!.values[1]).toBeNull();
});

test('a name that changes its kind or unit has a form for each, and each its own points', async () => {
  await send('changed', 'ms', { case: 'gauge', value: { dataPoints: numbers([[0, 100]]) } });
  await send('changed', 's', { case: 'gauge', value: { dataPoints: numbers([[1, 0.1]]) } });
  await send(
    'changed',
    's',
    sum(
      numbers([
        [2, 1],
        [3, 2],
      ]),
    ),
  );
  const { metrics } = await listMetrics(door.engine, { env: '', text: 'CHANGED' });
  expect(metrics.map(({ forms }) => forms.map(({ kind, unit }) => `${kind} ${unit}`))).toEqual([
    ['sum s', 'gauge s', 'gauge ms'],
  ]);
  expect((await read('changed', 'avg', '', 2)).series[0]!.values[0]).toBe(100);
  expect((await read('changed', 'avg', '', 1)).series[0]!.values).toEqual([null, 0.1, null, null, null]);
});

describe('a quantile', () => {
  test.each([
    [[10, 20, Number.MAX_VALUE], [0, 10, 0], 0.5, 15],
    [[10, Number.MAX_VALUE], [0, 10], 0.5, 10],
    [[10, 20], [10, 0], 1, 10],
    [[-5, 5], [1, 1], 0.25, -5],
    [[10], [0], 0.5, null],
    [[], [], 0.5, null],
  ])('of bounds %j with counts %j at %d is %j', (bounds, counts, q, value) =>
    expect(explicitQuantile(bounds, counts, q)).toBe(value),
  );

  test('of exponential buckets knows the zero bucket and coarser scales', () => {
    expect(exponentialQuantile([ZERO_KEY, 8], [5, 5], 0.5)).toBe(0);
    expect(exponentialQuantile([ZERO_KEY, -8], [1, 5], 0.9)).toBeCloseTo(2 ** (-7.5 / 8));
    expect(exponentialQuantile([3_000_000_001], [5], 0.9)).toBeCloseTo(2 ** 1.5);
    expect(exponentialQuantile([], [], 0.9)).toBeNull();
  });
});
