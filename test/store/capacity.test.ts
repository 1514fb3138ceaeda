/** Resources from metrics as SDKs and the collector send them, with the load of their service. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CapacityView } from '../../model/capacity.ts';
import { readCapacity } from '../../store/queries/capacity.ts';
import { attributes, type FrontDoor, openFrontDoor } from './front-door.ts';

const MINUTE_MS = 60_000;
const MINUTES = Array.from({ length: 20 }, (_, minute) => minute);
const BASE = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 30 * MINUTE_MS;
const RANGE = { from: BASE, to: BASE + 20 * MINUTE_MS };
const at = (minute: number) => BigInt(BASE + minute * MINUTE_MS + 1_000) * 1_000_000n;

let door: FrontDoor;
let view: CapacityView;
const found = (id: string) => view.resources.find((each) => each.id === id);

beforeAll(async () => {
  door = await openFrontDoor();
  await sendLoad();
  await sendMetrics();
  view = await readCapacity(door.engine, RANGE, '');
});
afterAll(() => door?.stop());

/** In minute n there are n + 1 requests to `shop`, each of which waits 90 of its 100 ms for `db`. */
async function sendLoad() {
  const bytesOf = (n: number) => new Uint8Array(randomBytes(n));
  const requests = MINUTES.flatMap((minute) =>
    Array.from({ length: minute + 1 }, (_, i) => {
      const [traceId, shop, start] = [bytesOf(16), bytesOf(8), at(minute) + BigInt(i) * 1_000_000n];
      const make = (parentSpanId: Uint8Array, spanId: Uint8Array, from: bigint, ms: bigint) => ({
        ...{ traceId, spanId, parentSpanId, name: 'x', kind: 2, startTimeUnixNano: from },
        endTimeUnixNano: from + ms * 1_000_000n,
      });
      return [
        ['shop', make(new Uint8Array(0), shop, start, 100n)],
        ['db', make(shop, bytesOf(8), start + 5_000_000n, 90n)],
      ] as const;
    }).flat(),
  );
  const resourceSpans = requests.map(([service, span]) => ({
    resource: { attributes: attributes({ 'service.name': service }) },
    scopeSpans: [{ spans: [span] }],
  }));
  await door.store('traces', { resourceSpans });
}

async function sendMetrics() {
  const send = (service: string, host: string, metrics: object[]) =>
    door.store('metrics', {
      resourceMetrics: [
        {
          resource: { attributes: attributes({ 'service.name': service, 'service.instance.id': host }) },
          scopeMetrics: [{ metrics }],
        },
      ],
    });
  const gauge = (
    name: string,
    ...series: [labels: Record<string, string>, value: (minute: number) => number][]
  ) => ({
    name,
    kind: { case: 'gauge', value: { dataPoints: pointsOf(series) } },
  });
  const level = (
    name: string,
    ...series: [labels: Record<string, string>, value: (minute: number) => number][]
  ) => ({
    name,
    kind: {
      case: 'sum',
      value: { dataPoints: pointsOf(series), aggregationTemporality: 2, isMonotonic: false },
    },
  });
  await send('shop', 'shop-1', [
    // Two processors: the use is the mean over them of all that is not idle.
    gauge(
      'system.cpu.utilization',
      [{ cpu: 'cpu0', state: 'user' }, () => 0.2],
      [{ cpu: 'cpu0', state: 'system' }, () => 0.1],
      [{ cpu: 'cpu0', state: 'idle' }, () => 0.7],
      [{ cpu: 'cpu1', state: 'user' }, () => 0.5],
      [{ cpu: 'cpu1', state: 'idle' }, () => 0.5],
    ),
    gauge('nodejs.eventloop.utilization', [{}, (minute) => 0.1 + (minute + 1) / 50]),
    gauge('nodejs.eventloop.delay.p99', [{}, () => 0.012]),
    level(
      'system.filesystem.usage',
      [{ 'system.filesystem.mountpoint': '/', 'system.filesystem.state': 'used' }, () => 30],
      [{ 'system.filesystem.mountpoint': '/', 'system.filesystem.state': 'free' }, () => 70],
    ),
    level('process.memory.usage', [{}, () => 4e8]),
  ]);
  await send('shop', 'shop-2', [gauge('nodejs.eventloop.utilization', [{}, () => 0.05])]);
  await send('db', 'db-1', [
    level(
      'db.client.connections.usage',
      [{ 'pool.name': 'orders', state: 'used' }, () => 9],
      [{ 'pool.name': 'orders', state: 'idle' }, () => 1],
      [{ 'pool.name': 'mail', state: 'used' }, () => 1],
    ),
    level(
      'db.client.connections.max',
      [{ 'pool.name': 'orders' }, () => 10],
      [{ 'pool.name': 'mail' }, () => 4],
    ),
    level('db.client.connections.pending_requests', [{ 'pool.name': 'orders' }, () => 2]),
  ]);
}

function pointsOf(series: [labels: Record<string, string>, value: (minute: number) => number][]) {
  return series.flatMap(([labels, value]) =>
    MINUTES.map((minute) => ({
      timeUnixNano: at(minute),
      attributes: attributes(labels),
      kind: { case: 'asDouble', value: value(minute) },
    })),
  );
}

describe('use', () => {
  test('of processors is the mean of what is not idle', () => {
    expect(found('host-cpu|shop|')?.used).toBeCloseTo(0.4);
  });
  test('of a disk is its used part of all', () => {
    expect(found('filesystem|shop|/')).toMatchObject({ used: 0.3, full: { known: false, why: 'short' } });
  });
  test('of a pool is by its own limit, with what waits for it', () => {
    expect(found('db-pool|db|orders')).toMatchObject({ used: 0.9, saturation: { value: 2, pending: true } });
    expect(found('db-pool|db|mail')).toMatchObject({ used: 0.25, saturation: null });
  });
  test('without a limit is an amount and no room', () => {
    expect(found('process-memory|shop|')).toMatchObject({
      used: null,
      amount: { value: 4e8, unit: 'By' },
      room: { known: false, why: 'no-limit' },
    });
  });
});

test('room is by the load of its service, and the fullest instance stands for all', () => {
  const loop = found('event-loop|shop|')!;
  expect(loop).toMatchObject({
    instance: 'shop-1',
    instances: 2,
    saturation: { title: 'delay p99', value: 0.012 },
  });
  // use = 0.1 + load / 50 reaches 80 % at 35 requests a minute; the peak is 20.
  expect(loop.room.known && loop.room.safeLoad).toBeCloseTo(35);
  expect(loop.room.known && loop.room.times).toBeCloseTo(1.75);
  expect(loop.points).toHaveLength(20);
});

test('the tightest comes first', () => {
  expect(view.resources[0]?.id).toBe('db-pool|db|orders');
  expect(view.resources.at(-1)?.used).toBeNull();
});

test('the bottleneck is where the slow traces wait, when it is full', () => {
  expect(view.bottleneck).toMatchObject({
    service: 'db',
    because: { kind: 'use', resource: 'db-pool|db|orders' },
  });
  expect(view.bottleneck?.share).toBeCloseTo(0.9);
});

test('a time without data has no resources and no bottleneck', async () => {
  const empty = await readCapacity(door.engine, { from: BASE - 7_200_000, to: BASE - 3_600_000 }, '');
  expect(empty).toMatchObject({ resources: [], bottleneck: null });
});
