/** What the rollup says of services and operations, against numbers that can be counted by hand. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readApplications } from '../../store/queries/applications.ts';
import { listOperations, listServices } from '../../store/queries/services.ts';
import { SEED, seeded } from '../helpers/chance.ts';
import { startTestEngine, store, type TestEngine } from '../helpers/engine.ts';
import { type ResourceSpec, type SpanSpec, traceRequest } from '../helpers/otlp.ts';

const MINUTE = 60_000;
/** A whole minute, a while ago. The range is the 20 minutes from it. */
const T0 = Math.floor(Date.now() / MINUTE) * MINUTE - 40 * MINUTE;
const RANGE = { from: T0, to: T0 + 20 * MINUTE };
const INTERNAL = 1;
const CLIENT = 3;
const CONSUMER = 5;
const PARENT = '00000000000000aa';
const ERROR = { status: { code: 2 } };

const times = (count: number, span: SpanSpec): SpanSpec[] =>
  Array.from({ length: count }, (_, i) => ({ start: T0 + i * 1_000, ...span }));

const KNOWN: ResourceSpec[] = [
  {
    service: 'shop',
    environment: 'prod',
    version: '1.0',
    spans: [
      ...times(8, { name: 'GET /', durationMs: 10 }),
      ...times(2, { name: 'GET /', durationMs: 10, ...ERROR }),
      ...times(5, { name: 'POST /cart', durationMs: 40, start: T0 + 5 * MINUTE }),
      ...times(7, { name: 'SELECT', kind: CLIENT, parentSpanId: PARENT }),
      ...times(7, { name: 'render', kind: INTERNAL, parentSpanId: PARENT, ...ERROR }),
      // Roots and consumers do not count beside what it serves.
      ...times(3, { name: 'cleanup', kind: INTERNAL }),
      ...times(3, { name: 'orders', kind: CONSUMER }),
      ...times(4, { name: 'GET /', traceState: 'lw=p', durationMs: 9_000, ...ERROR }),
    ],
  },
  {
    service: 'shop',
    environment: 'staging',
    version: '1.1',
    spans: times(3, { name: 'GET /', start: T0 + MINUTE }),
  },
  {
    service: 'worker',
    environment: 'prod',
    spans: [
      ...times(4, { name: 'orders', kind: CONSUMER, parentSpanId: PARENT }),
      ...times(2, { name: 'tick', kind: INTERNAL }),
    ],
  },
  {
    service: 'cron',
    environment: 'prod',
    spans: [
      ...times(3, { name: 'nightly', kind: INTERNAL }),
      ...times(9, { name: 'GET', kind: CLIENT, parentSpanId: PARENT }),
    ],
  },
  {
    service: 'sampled',
    environment: 'sampling',
    spans: [
      ...times(2, { traceState: 'ot=th:8' }), // 1 in 2
      ...times(1, { traceState: 'ot=th:c', ...ERROR }), // 1 in 4
      ...times(1, { traceState: 'vendor=x,ot=rv:abcdef01234567;th:e' }), // 1 in 8
      ...times(1, { traceState: 'ot=th:0' }), // all
      ...times(1, { traceState: 'ot=rv:abcdef01234567' }),
      ...times(1, { traceState: 'vendor=th:8' }),
      ...times(1, { traceState: 'vendor=x, ot=th:8' }),
      ...times(1, {}),
    ],
  },
  { service: 'edge', environment: 'edges', spans: times(1, { start: T0 - 1 }) },
  { service: 'edge', environment: 'edges', spans: times(1, { start: T0 }) },
  { service: 'edge', environment: 'edges', spans: times(1, { start: RANGE.to - 1 }) },
  { service: 'edge', environment: 'edges', spans: times(1, { start: RANGE.to }) },
  { service: 'quiet', environment: 'edges', version: '7', spans: times(1, { start: T0 - 60 * MINUTE }) },
  { service: 'like probed', environment: 'probes', spans: times(2, { traceState: 'hlw=prod,x=lw=p' }) },
  { service: 'also probed', environment: 'probes', spans: times(2, { traceState: 'x=1,lw=p' }) },
  { service: 'only probed', environment: 'probes', spans: times(2, { traceState: 'lw=p' }) },
];

const random = seeded();
const DURATIONS = Array.from({ length: 700 }, () => Math.ceil(random.logNormal(20, 1.5) * 1e6));
const RANDOM: SpanSpec[] = DURATIONS.map((ns) => {
  const start = BigInt(T0 + random.below(20 * MINUTE)) * 1_000_000n;
  return {
    name: `op ${random.below(5)}`,
    start,
    end: start + BigInt(ns),
    ...(random.chance(0.1) ? ERROR : {}),
  };
});
const RANDOM_ERRORS = RANDOM.filter((span) => span.status !== undefined).length;

let it: TestEngine;
beforeAll(async () => {
  it = await startTestEngine();
  await store(it, traceRequest(...KNOWN));
  // In several segments: sums are partial until they are merged.
  for (let i = 0; i < 3; i++)
    await store(it, traceRequest({ service: 'random', spans: RANDOM.filter((_, n) => n % 3 === i) }));
});
afterAll(() => it?.stop());

async function service(name: string, env = '') {
  const { services } = await listServices(it.engine, RANGE, env);
  return services.find((one) => one.service === name);
}

describe('listServices', () => {
  test.each([
    ['what it serves', 'shop', '', { basis: 'server', requests: 18, errors: 2 }],
    ['what it serves in one environment', 'shop', 'prod', { basis: 'server', requests: 15, errors: 2 }],
    ['what it serves in the other', 'shop', 'staging', { basis: 'server', requests: 3, errors: 0 }],
    ['what it consumes, when it serves nothing', 'worker', '', { basis: 'consumer', requests: 4 }],
    ['the traces it begins, when it does neither', 'cron', '', { basis: 'root', requests: 3 }],
    [
      'sampled spans for those they stand for',
      'sampled',
      '',
      { requests: 4 + 4 + 8 + 1 + 1 + 1 + 2 + 1, errors: 4 },
    ],
    [
      'nothing of what was seen before',
      'quiet',
      '',
      { requests: 0, p50: null, p95: null, p99: null, versions: [] },
    ],
    ['what only resembles a probe', 'like probed', '', { requests: 2 }],
    ['no probes behind other state', 'also probed', '', { requests: 0 }],
    ['no probes', 'only probed', '', { requests: 0, errors: 0, p99: null }],
    ['whole minutes, the first in and the one after the last out', 'edge', '', { requests: 2 }],
  ])('counts %s', async (_, name, env, wanted) => {
    expect(await service(name, env)).toMatchObject(wanted);
  });

  test('leaves the slow probes out of the percentiles', async () => {
    expect((await service('shop', 'prod'))!.p99).toBeCloseTo(40, -1);
  });

  test('lists what the environment has, and all environments whatever is chosen', async () => {
    const { services, environments } = await listServices(it.engine, RANGE, 'staging');
    expect(services.map((one) => one.service)).toEqual(['shop']);
    expect(environments).toEqual(['edges', 'probes', 'prod', 'sampling', 'staging']);
    expect((await listServices(it.engine, RANGE, 'nowhere')).services).toEqual([]);
  });

  test('puts the busiest first', async () => {
    const { services } = await listServices(it.engine, RANGE, '');
    const requests = services.map((one) => one.requests);
    expect(requests).toEqual([...requests].sort((a, b) => b - a));
    expect(services[0]!.service).toBe('random');
  });

  test('names the versions, the last seen first, and when each service was last seen', async () => {
    const shop = await service('shop');
    expect(shop).toMatchObject({ versions: ['1.0', '1.1'], lastSeen: T0 + 5 * MINUTE });
    expect((await service('quiet'))!.lastSeen).toBe(T0 - 60 * MINUTE);
  });

  test('percentiles are within 4.4 % of the exact ones', async () => {
    const found = await service('random');
    const sorted = [...DURATIONS].sort((a, b) => a - b);
    for (const [name, q] of [
      ['p50', 0.5],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const) {
      const exact = sorted[Math.ceil(q * sorted.length) - 1]! / 1e6;
      const error = Math.abs(found![name]! - exact) / exact;
      expect(error, `${name} is ${found![name]}, exactly ${exact}; SEED=${SEED}`).toBeLessThan(0.0443);
    }
  });

  test('the trend sums to the requests, the error trend to the errors, slot by slot', async () => {
    const { requests, errors, trend, errorTrend } = (await service('random'))!;
    expect({ requests, errors }, `SEED=${SEED}`).toEqual({
      requests: DURATIONS.length,
      errors: RANDOM_ERRORS,
    });
    const slots = new Array<number>(20).fill(0);
    for (const { start } of RANDOM) slots[Math.floor((Number(start) / 1e6 - T0) / MINUTE)]! += 1;
    expect(trend, `SEED=${SEED}`).toEqual(slots);
    expect(
      errorTrend.reduce((a, b) => a + b, 0),
      `SEED=${SEED}`,
    ).toBe(RANDOM_ERRORS);
    for (const one of (await listServices(it.engine, RANGE, '')).services) {
      expect(
        one.trend.reduce((a, b) => a + b, 0),
        one.service,
      ).toBeCloseTo(one.requests, 6);
      expect(
        one.errorTrend.reduce((a, b) => a + b, 0),
        one.service,
      ).toBeCloseTo(one.errors, 6);
    }
  });

  test('a long range is cut into 30 slots or less and still sums up', async () => {
    const range = { from: RANGE.to - 7 * 3_600_000, to: RANGE.to };
    for (const one of (await listServices(it.engine, range, '')).services) {
      expect(one.trend.length).toBeLessThanOrEqual(30);
      expect(
        one.trend.reduce((a, b) => a + b, 0),
        one.service,
      ).toBeCloseTo(one.requests, 6);
    }
  });
});

describe('listOperations', () => {
  test('has the operations of the basis, the costliest first', async () => {
    const view = await listOperations(it.engine, RANGE, 'prod', 'shop');
    expect(view).toMatchObject({ service: 'shop', basis: 'server', lastSeen: T0 + 5 * MINUTE });
    expect(view.operations).toMatchObject([
      { operation: 'POST /cart', kind: 'Server', requests: 5, errors: 0 },
      { operation: 'GET /', kind: 'Server', requests: 10, errors: 2 },
    ]);
    const [cart, get] = view.operations;
    expect(cart!.impact).toBeCloseTo(200 / 300, 6);
    expect(get!.impact).toBeCloseTo(100 / 300, 6);
    expect(cart!.trend[5]).toBe(5);
  });

  test('adds up to the service', async () => {
    const { operations } = await listOperations(it.engine, RANGE, '', 'random');
    const sum = (of: (one: (typeof operations)[number]) => number) =>
      operations.reduce((n, one) => n + of(one), 0);
    expect(sum((one) => one.requests)).toBe(DURATIONS.length);
    expect(sum((one) => one.errors)).toBe(RANDOM_ERRORS);
    expect(sum((one) => one.impact)).toBeCloseTo(1, 6);
  });

  test('of a service that is not there are none', async () => {
    const view = await listOperations(it.engine, RANGE, '', `nobody' OR 1=1 --`);
    expect(view).toMatchObject({ lastSeen: null, operations: [] });
  });
});

describe('readApplications', () => {
  const WEEK = 7 * 24 * 60 * MINUTE;
  const shifted = (by: number) => ({ from: RANGE.from + by, to: RANGE.to + by });
  const shop = async (range: typeof RANGE, env = 'prod') =>
    (await readApplications(it.engine, range, env)).applications.find(({ service }) => service === 'shop');

  test('compares with the same hours a week ago, else with the time just before and says so', async () => {
    expect((await shop(shifted(WEEK)))?.past).toMatchObject({ of: 'week', requests: 15, noise: 0 });
    const before = (await shop(shifted(20 * MINUTE)))?.past;
    expect(before).toMatchObject({ of: 'previous', requests: 15 });
    expect(before!.p95).toBeCloseTo(40, -1);
    expect((await shop(RANGE))?.past).toBeNull();
  });

  test('has a day of p95 with holes where nobody asked, and the release with its age', async () => {
    const found = (await shop(RANGE))!;
    expect(found.day.filter((value) => value !== null)).toHaveLength(1);
    expect(found.release).toEqual({ version: '1.0', at: T0, isFirst: true });
  });
});
