/** Signals over metrics: reductions, counters with their resets, histograms. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../base/clock.ts';
import type { Matcher, Reading, Reduction, SignalSpec } from '../../../model/signal.ts';
import { place, planQueries } from '../../../store/signals/plan.ts';
import { readsOf } from '../../../store/signals/reads.ts';
import { createSeriesReader, type Row } from '../../../store/signals/series.ts';
import { createSignalSource, type StoreSignals } from '../../../store/signals/source.ts';
import { tableOf } from '../../../store/signals/tables.ts';
import { startTestEngine, type TestEngine } from '../../helpers/engine.ts';
import { catalogue, MINUTE, type PointRow, pointColumns, storePoints, T0 } from './data.ts';

let it: TestEngine;
let source: StoreSignals;
beforeAll(async () => {
  it = await startTestEngine();
  source = createSignalSource(it.engine, systemClock);
  for (const [metric, points] of Object.entries(GAUGES))
    await storePoints(it.engine, 'gauge', metric, points);
  for (const [metric, points] of Object.entries(COUNTERS))
    await storePoints(it.engine, 'sum', metric, points);
  await storeHistograms();
});
afterAll(() => it?.stop());

/** A point every 30 s from `from`, ms after T0. */
const line = (values: number[], rest: Partial<PointRow> = {}, from = 30_000): PointRow[] =>
  values.map((value, i) => ({ at: from + i * 30_000, value, ...rest }));

const GAUGES: Record<string, PointRow[]> = {
  load: [...line([1, 5, 3]), ...line([100], {}, 10 * MINUTE)],
  'two.hosts': [
    ...line([1, 2], { series: 1, attributes: { host: 'a' } }),
    ...line([10, 20], { series: 2, attributes: { host: 'b' } }),
    ...line([7], { series: 3 }),
  ],
  'on.edge': [
    { at: 0, value: 1 },
    { at: MINUTE, value: 2 },
  ],
  large: line([2 ** 60]),
};

const COUNTERS: Record<string, PointRow[]> = {
  steady: line([100, 110, 120, 130, 140, 150], { start: -3_600_000 }, -30_000),
  reset: line([100, 110, 5, 15], { start: -3_600_000 }, 0),
  'reset.unseen': [
    { at: 0, value: 10, start: -3_600_000 },
    { at: 30_000, value: 12, start: 15_000 },
  ],
  born: line([4, 9], { start: 15_000 }),
  'born.long.ago': line([4_000_000, 4_000_009], { start: -86_400_000 }),
  lone: line([4_000], { start: -86_400_000 }),
  delta: line([3, 4, 5], { delta: true }),
  'up.down': line([10, 4, 7], { monotonic: false, start: -3_600_000 }),
  disordered: [
    { at: 60_000, value: 30, start: -3_600_000 },
    { at: 0, value: 10, start: -3_600_000 },
    { at: 30_000, value: 20, start: -3_600_000 },
  ],
  'after.gap': [
    { at: -30 * MINUTE, value: 10, start: -3_600_000 },
    { at: 30_000, value: 1_000, start: -3_600_000 },
    { at: 60_000, value: 1_001, start: -3_600_000 },
  ],
};

async function storeHistograms(): Promise<void> {
  await catalogue(it.engine, 'histogram', 'latency');
  const explicit = (at: number, counts: number[], sum: number) => ({
    ...pointColumns('latency', { at, start: -3_600_000 }),
    Count: counts.reduce((a, b) => a + b, 0),
    Sum: sum,
    HasSum: true,
    BucketCounts: counts,
    ExplicitBounds: [100, 200, 500],
    AggregationTemporality: 2,
  });
  // Within the window: 10 below 100, 80 below 200, 10 below 500.
  await it.engine.insertRows('otel_metrics_histogram', [
    explicit(0, [1_000, 0, 0, 0], 5_000),
    explicit(30_000, [1_005, 40, 5, 0], 13_000),
    explicit(60_000, [1_010, 80, 10, 0], 21_000),
  ]);
  await catalogue(it.engine, 'exponential_histogram', 'size');
  const exponential = (at: number, scale: number, offset: number, counts: number[]) => ({
    ...pointColumns('size', { at }),
    Count: counts.reduce((a, b) => a + b, 0),
    Sum: 1,
    HasSum: true,
    Scale: scale,
    PositiveOffset: offset,
    PositiveBucketCounts: counts,
    AggregationTemporality: 1,
  });
  // Buckets (1, 2], (2, 4], (4, 8] in two scales: 10, 20 and 70.
  await it.engine.insertRows('otel_metrics_exponential_histogram', [
    exponential(30_000, 0, 0, [10, 20, 30]),
    exponential(60_000, 1, 4, [40, 0]),
  ]);
  await catalogue(it.engine, 'summary', 'old');
}

const metric = (
  name: string,
  reduce: Reduction,
  rest: { window?: number; by?: string[]; where?: Matcher[] } = {},
) => ({ kind: 'metric', metric: name, reduce, where: [], by: [], window: 2 * MINUTE, ...rest }) as SignalSpec;

const reading = async (spec: SignalSpec, t: number): Promise<Reading> =>
  (await source.read(new Map([['it', spec]]), t)).get('it')!;

async function value(spec: SignalSpec, t = T0 + 2 * MINUTE): Promise<number | null | undefined> {
  const given = await reading(spec, t);
  if (!given.ok) throw new Error(given.error);
  expect(given.samples.length).toBeLessThan(2);
  return given.samples[0]?.value;
}

test.each<[Reduction, number]>([
  ['avg', 3],
  ['min', 1],
  ['max', 5],
  ['sum', 9],
  ['last', 3],
  ['count', 3],
  ['p50', 3],
])('a gauge by %s', async (reduce, wanted) => {
  expect(await value(metric('load', reduce))).toBe(wanted);
});

test('points are asked for by series, and by labels where there are too many, with the same answer', async () => {
  const reads = (['avg', 'min', 'max', 'sum', 'last', 'count'] as const).flatMap((reduce) => [
    metric('two.hosts', reduce),
    metric('two.hosts', reduce, { by: ['host'] }),
    metric('two.hosts', reduce, { where: [{ key: 'host', op: '!~', values: ['b|c'] }], window: MINUTE }),
  ]);
  const counters = ['reset', 'born', 'after.gap', 'delta', 'lone'].map((name) => metric(name, 'increase'));
  const params = { t: T0 / 1_000 + 120 };
  const placed = [...reads, ...counters].map((spec) => {
    const [read] = readsOf(spec);
    return place(read!, tableOf(read!, (name) => (name in GAUGES ? 'gauge' : 'sum'))!);
  });
  const queries = planQueries(placed);
  expect(queries.length).toBeGreaterThan(2);
  for (const query of queries) {
    const bySeries = createSeriesReader(it.engine);
    const tooFew = createSeriesReader(it.engine, 0);
    const rows = (await bySeries.rows(query.bySeries!, { ...query.params, ...params }))!;
    const inOrder = (some: readonly Row[]) =>
      some
        .map(({ d, v, n }) => ({ d, v: v.map((value, i) => (n[i] === 0 ? null : value)), n }))
        .sort(byLabels);
    const byLabel = await it.engine.query<Row>(query.sql, { ...query.params, ...params });
    expect(inOrder(rows)).toEqual(inOrder(byLabel.filter(({ n }) => n.some((count) => count > 0))));
    expect(await tooFew.rows(query.bySeries!, { ...query.params, ...params })).toBe(null);
  }
});

const byLabels = (a: Pick<Row, 'd'>, b: Pick<Row, 'd'>): number => (a.d.join() < b.d.join() ? -1 : 1);

test.each<Reduction>(['avg', 'min', 'max', 'sum', 'last', 'count', 'p99', 'increase', 'rate'])(
  'an empty window is no data and not 0: %s',
  async (reduce) => {
    expect(await value(metric('load', reduce), T0 - MINUTE)).toBeUndefined();
    expect(await value(metric('nobody.sends.this', reduce))).toBeUndefined();
  },
);

test('a point on the boundary belongs to the window that ends there', async () => {
  expect(await value(metric('on.edge', 'sum', { window: MINUTE }), T0)).toBe(1);
  expect(await value(metric('on.edge', 'sum', { window: MINUTE }), T0 + MINUTE)).toBe(2);
});

test('by attribute: a series for each value', async () => {
  const given = await reading(metric('two.hosts', 'max', { by: ['host'] }), T0 + 2 * MINUTE);
  expect(given.ok && given.samples.map(({ labels, value }) => [labels.host ?? '', value]).sort()).toEqual([
    ['', 7],
    ['a', 2],
    ['b', 20],
  ]);
});

test('where an attribute has a value, or none', async () => {
  const of = (op: Matcher['op'], ...values: string[]) =>
    value(metric('two.hosts', 'max', { where: [{ key: 'host', op, values }] }));
  expect(await of('=', 'a')).toBe(2);
  expect(await of('!=', 'b')).toBe(7);
  expect(await of('=~', '[ab]')).toBe(20);
  expect(await of('=', '')).toBe(7);
});

test('numbers beyond 2^53 stay numbers', async () => {
  expect(await value(metric('large', 'last'))).toBe(2 ** 60);
});

describe('an increase', () => {
  test.each<[string, string, number | undefined]>([
    ['counts from the last point before the window', 'steady', 40],
    ['goes on over a reset', 'reset', 10 + 5 + 10],
    ['sees a restart by its start time, though the value grew', 'reset.unseen', 12],
    ['counts a series that was born in the window from 0', 'born', 9],
    ['does not count what an old series had before it was seen', 'born.long.ago', 9],
    ['of a lone point of an old series is unknown', 'lone', undefined],
    ['adds deltas up', 'delta', 12],
    ['may fall where the sum may', 'up.down', -3],
    ['does not mind the order of arrival', 'disordered', 20],
    ['does not reach over a gap', 'after.gap', 1],
  ])('%s', async (_, name, wanted) => {
    expect(await value(metric(name, 'increase'))).toBe(wanted);
  });

  test('is the same whatever else is read beside it', async () => {
    const spec = metric('after.gap', 'increase');
    const signals = new Map([
      ['it', spec],
      ['long', metric('after.gap', 'increase', { window: 60 * MINUTE })],
    ]);
    const readings = await source.read(signals, T0 + 2 * MINUTE);
    expect(readings.get('it')).toMatchObject({ samples: [{ value: 1 }] });
    expect(readings.get('long')).toMatchObject({ samples: [{ value: 10 + 990 + 1 }] });
  });

  test('as a rate is per second', async () => {
    expect(await value(metric('delta', 'rate'))).toBe(12 / 120);
  });
});

describe('a histogram', () => {
  test.each<[Reduction, number]>([
    ['count', 100],
    ['increase', 100],
    ['rate', 100 / 120],
    ['sum', 16_000],
    ['avg', 160],
    ['p50', 150],
    ['p95', 350],
    ['p5', 50],
  ])('by %s', async (reduce, wanted) => {
    expect(await value(metric('latency', reduce, { window: 2 * MINUTE }), T0 + 2 * MINUTE)).toBeCloseTo(
      wanted,
      6,
    );
  });

  test('that is exponential is merged over scales', async () => {
    expect(await value(metric('size', 'count'))).toBe(100);
    const p90 = (await value(metric('size', 'p90')))!;
    expect(p90).toBeGreaterThan(4);
    expect(p90).toBeLessThan(8);
  });

  test.each<Reduction>(['last', 'min', 'max'])('says nothing by %s, and that', async (reduce) => {
    expect(await reading(metric('latency', reduce), T0)).toMatchObject({
      error: expect.stringContaining('avg'),
    });
  });

  test('that is a summary cannot be read, which it says', async () => {
    expect(await reading(metric('old', 'p99'), T0)).toMatchObject({
      error: expect.stringContaining('summary'),
    });
  });
});
