/** Signals over spans and logs, against numbers that can be counted by hand. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../base/clock.ts';
import type { Matcher, Sample, SeriesSpec, SignalSpec } from '../../../model/signal.ts';
import { createSignalSource, type StoreSignals } from '../../../store/signals/source.ts';
import { startTestEngine, type TestEngine } from '../../helpers/engine.ts';
import { MINUTE, type SpanRow, storeSpans, T0, time } from './data.ts';

let it: TestEngine;
let source: StoreSignals;
beforeAll(async () => {
  it = await startTestEngine();
  source = createSignalSource(it.engine, systemClock);
  await storeSpans(it.engine, SPANS);
  await it.engine.insertRows('otel_logs', LOGS);
});
afterAll(() => it?.stop());

const times = (count: number, span: Omit<SpanRow, 'at'> & { from?: number; step?: number }): SpanRow[] =>
  Array.from({ length: count }, (_, i) => ({ ...span, at: (span.from ?? 1) + i * (span.step ?? 1_000) }));

const SPANS: SpanRow[] = [
  // In (0, 5m]: 100 requests of which 8 fail; 20 before it, all bad.
  ...times(92, { service: 'shop', durationMs: 10 }),
  ...times(8, { service: 'shop', durationMs: 400, status: 'Error' }),
  ...times(20, { service: 'shop', status: 'Error', from: -2 * MINUTE }),
  ...times(30, { service: 'shop', name: 'POST /cart', durationMs: 50, version: '2', from: 2 * MINUTE }),
  ...times(7, { service: 'shop', kind: 'Client', durationMs: 5_000 }),
  ...times(5, { service: 'shop', probe: true, status: 'Error' }),
  ...times(10, { service: 'cart', attributes: { 'http.route': '/cart' } }),
  ...times(4, { service: 'cart', attributes: { 'http.route': '/pay' }, status: 'Error' }),
  ...times(2, { service: 'sampled', traceState: 'ot=th:8' }),
  // On the edges of the window (T0, T0 + 1m): the first belongs to it, the last to the next.
  { service: 'edge', at: 0 },
  { service: 'edge', at: MINUTE },
];

const LOGS = [
  ...Array.from({ length: 9 }, (_, i) => ({ at: i * 1_000, SeverityNumber: 9, ServiceName: 'shop' })),
  ...Array.from({ length: 3 }, (_, i) => ({
    at: i * 1_000,
    SeverityNumber: 17,
    ServiceName: 'shop',
    Body: 'boom',
  })),
].map(({ at, ...row }) => ({ ...row, Timestamp: time(at + 1), TimestampTime: time(at + 1).slice(0, 19) }));

const is = (key: string, ...values: string[]): Matcher => ({ key, op: '=', values });
const spans = (measure: string, where: Matcher[], by: string[] = [], window = 5 * MINUTE): SeriesSpec =>
  ({ kind: 'spans', measure, where, by, window }) as SeriesSpec;
const logs = (where: Matcher[], by: string[] = []): SeriesSpec => ({
  kind: 'logs',
  measure: 'count',
  where,
  by,
  window: 5 * MINUTE,
});
const SHOP = is('service.name', 'shop');

async function read(spec: SignalSpec, t = T0 + 5 * MINUTE): Promise<readonly Sample[]> {
  const reading = (await source.read(new Map([['it', spec]]), t)).get('it')!;
  if (!reading.ok) throw new Error(reading.error);
  return reading.samples;
}
const one = async (spec: SignalSpec, t?: number) => {
  const samples = await read(spec, t);
  expect(samples.length).toBeLessThan(2);
  return samples[0] === undefined ? undefined : [samples[0].value, samples[0].count];
};

describe('spans', () => {
  test.each<[string, SeriesSpec, [number, number] | undefined]>([
    ['requests of a service', spans('count', [SHOP]), [130, 130]],
    ['errors of it', spans('count', [SHOP, is('status', 'error')]), [8, 130]],
    ['all but errors', spans('count', [SHOP, { key: 'status', op: '!=', values: ['error'] }]), [122, 130]],
    ['requests a second', spans('rate', [SHOP]), [130 / 300, 130]],
    ['one operation', spans('count', [SHOP, is('span.name', 'POST /cart')]), [30, 30]],
    ['one of several names', spans('count', [SHOP, is('span.name', 'POST /cart', 'GET /')]), [130, 130]],
    ['a kind that is named', spans('count', [SHOP, is('span.kind', 'client')]), [7, 7]],
    ['probes where they are named', spans('count', [SHOP, is('probe', 'true')]), [5, 5]],
    ['by expression', spans('count', [SHOP, { key: 'span.name', op: '=~', values: ['POST .*'] }]), [30, 30]],
    [
      'an expression is anchored',
      spans('count', [SHOP, { key: 'span.name', op: '=~', values: ['POST'] }]),
      undefined,
    ],
    [
      'but for an expression',
      spans('count', [SHOP, { key: 'span.name', op: '!~', values: ['POST.*'] }]),
      [100, 100],
    ],
    [
      'an attribute, from the spans',
      spans('count', [is('service.name', 'cart'), is('http.route', '/pay')]),
      [4, 4],
    ],
    ['errors with an attribute', spans('count', [is('status', 'error'), is('http.route', '/cart')]), [0, 10]],
    ['sampled spans for those they stand for', spans('count', [is('service.name', 'sampled')]), [4, 2]],
    ['nothing is unknown, not 0', spans('count', [is('service.name', 'nobody')]), undefined],
    ['quotes are text', spans('count', [is('service.name', "x' OR 1=1 --")]), undefined],
  ])('%s', async (_, spec, wanted) => {
    expect(await one(spec)).toEqual(wanted);
  });

  test('quantiles of all requests, within 4.4 %', async () => {
    const [p50] = (await one(spans('p50', [SHOP])))!;
    const [p99] = (await one(spans('p99', [SHOP])))!;
    expect(Math.abs(p50! / 10 - 1)).toBeLessThan(0.045);
    expect(Math.abs(p99! / 400 - 1)).toBeLessThan(0.045);
  });

  test('a span on the boundary is counted once', async () => {
    const edge = spans('count', [is('service.name', 'edge')], [], MINUTE);
    expect(await one(edge, T0)).toBeUndefined();
    expect(await one(edge, T0 + MINUTE)).toEqual([1, 1]);
    expect(await one(edge, T0 + 2 * MINUTE)).toEqual([1, 1]);
    expect(await one(edge, T0 + 3 * MINUTE)).toBeUndefined();
  });

  test('windows end on the grid of five seconds', async () => {
    expect(await one(spans('count', [is('service.name', 'cart')], [], 5_000), T0 + 5_000)).toEqual([9, 9]);
  });

  test('by label: a series for each set of values, absent ones without the key', async () => {
    const samples = await read(
      spans('count', [is('service.name', 'shop', 'cart')], ['service.name', 'http.route']),
    );
    expect(samples.map(({ labels, value }) => [labels, value]).sort()).toEqual(
      [
        [{ 'service.name': 'cart', 'http.route': '/cart' }, 10],
        [{ 'service.name': 'cart', 'http.route': '/pay' }, 4],
        [{ 'service.name': 'shop' }, 130],
      ].sort(),
    );
  });

  test('a window longer than an hour is read from whole minutes', async () => {
    expect(await one(spans('count', [SHOP], [], 2 * 60 * MINUTE), T0 + 60 * MINUTE + 30_000)).toEqual([
      150, 150,
    ]);
  });
});

describe('logs', () => {
  test.each<[string, SeriesSpec, [number, number] | undefined]>([
    ['records of a service', logs([SHOP]), [12, 12]],
    ['errors of it', logs([SHOP, is('severity', 'error')]), [3, 12]],
    ['of a severity that did not occur', logs([SHOP, is('severity', 'fatal')]), [0, 12]],
    ['by body, from the records', logs([SHOP, is('body', 'boom')]), [3, 3]],
  ])('%s', async (_, spec, wanted) => {
    expect(await one(spec)).toEqual(wanted);
  });
});

describe('signals of signals', () => {
  const ratio = (service: string, minEvents = 0): SignalSpec => ({
    kind: 'ratio',
    bad: spans('count', [is('service.name', service), is('status', 'error')]),
    total: spans('count', [is('service.name', service)]),
    window: 5 * MINUTE,
    by: [],
    minEvents,
  });

  test('a ratio tells both of its numbers', async () => {
    expect(await read(ratio('shop'))).toEqual([
      { labels: {}, value: 8 / 130, count: 130, details: { bad: 8, total: 130 } },
    ]);
  });

  test('a ratio of too few events is unknown, and says how many there are', async () => {
    expect(await one(ratio('shop', 131))).toEqual([null, 130]);
    expect(await one(ratio('shop', 130))).toEqual([8 / 130, 130]);
  });

  test('0 of 0 is unknown', async () => {
    expect(await one(ratio('nobody'))).toBeUndefined();
  });

  test('a change compares with the same window before', async () => {
    const change = (as: 'ratio' | 'difference'): SignalSpec => ({
      kind: 'change',
      of: spans('count', [SHOP, is('status', 'error')]),
      against: { offset: 5 * MINUTE },
      as,
    });
    expect(await one(change('ratio'))).toEqual([8 / 20, 130]);
    expect(await one(change('difference'))).toEqual([-12, 130]);
    expect(await one(change('ratio'), T0), 'nothing before').toEqual([null, 0]);
  });

  const absent = (window: number, lookback: number, service = 'cart'): SignalSpec => ({
    kind: 'absent',
    of: spans('count', [is('service.name', service)], ['service.name'], window),
    lookback,
  });

  test.each([60 * MINUTE, 4 * 60 * MINUTE])(
    'a series is absent when it was seen within %d and is silent',
    async (lookback) => {
      const at = (minutes: number) => one(absent(2 * MINUTE, lookback), T0 + minutes * MINUTE);
      expect((await at(1))![0]).toBe(0);
      expect((await at(3))![0]).toBe(1);
      expect((await at(40))![0]).toBe(1);
    },
  );

  test('one that was never seen is absent when its name is exact', async () => {
    expect(await read(absent(2 * MINUTE, 60 * MINUTE, 'nobody'))).toEqual([
      { labels: { 'service.name': 'nobody' }, value: 1, count: 0, details: { silent_for: 60 * MINUTE } },
    ]);
  });

  test('an error budget burns in both windows of a pair or not at all', async () => {
    const burn = (objective: string): SignalSpec => ({
      kind: 'slo_burn',
      slo: 'shop',
      objective,
      bad: spans('count', [SHOP, is('status', 'error')]),
      total: spans('count', [SHOP]),
      pairs: [{ long: 10 * MINUTE, short: 5 * MINUTE, factor: 2 }],
    });
    const [slow] = await read(burn('0.96'));
    expect(slow).toMatchObject({ value: 0, details: { bad: 28, total: 150 } });
    const [fast] = await read(burn('0.99'));
    expect(fast).toMatchObject({ value: 1, details: { burn: 28 / 150 / 0.01 } });
  });

  test('a version is a deploy for a while after it was first seen', async () => {
    const deploy: SignalSpec = { kind: 'deploy', where: [SHOP], by: ['service.name'], within: 10 * MINUTE };
    expect(await read(deploy, T0 - 10 * MINUTE)).toEqual([]);
    const at = async (minutes: number) => (await read(deploy, T0 + minutes * MINUTE))[0];
    expect(await at(3)).toMatchObject({ value: 1, details: { version: '2' } });
    expect(await at(1)).toMatchObject({ value: 1, details: { version: '1' } });
    expect(await at(30)).toMatchObject({ value: 0, details: { version: '2' } });
  });
});

describe('a signal that fails', () => {
  const poison = spans('count', [SHOP, { key: 'span.name', op: '=~', values: ['('] }]);

  test('fails alone, with the reason, and is put aside', async () => {
    const source = createSignalSource(it.engine, systemClock);
    const signals = new Map<string, SignalSpec>([
      ...Array.from(
        { length: 20 },
        (_, i) => [`good ${i}`, spans('count', [SHOP], [], (i + 1) * 5_000)] as const,
      ),
      ['poison', poison],
    ]);
    for (let turn = 0; turn < 2; turn++) {
      const readings = await source.read(signals, T0 + 5 * MINUTE);
      expect(readings.get('poison')).toMatchObject({
        ok: false,
        error: expect.stringMatching(/regexp|missing \)/i),
      });
      expect([...readings.values()].filter(({ ok }) => ok)).toHaveLength(20);
    }
    expect(source.quarantined()).toHaveLength(1);
  });
});

test('thousands of services share one query', async () => {
  const signals = new Map<string, SignalSpec>(
    Array.from({ length: 3_000 }, (_, i) => [`${i}`, spans('count', [is('service.name', `s${i}`)])]),
  );
  signals.set('shop', spans('count', [SHOP]));
  expect(await source.plan(signals)).toHaveLength(1);
  expect((await source.read(signals, T0 + 5 * MINUTE)).get('shop')).toMatchObject({
    samples: [{ value: 130 }],
  });
});
