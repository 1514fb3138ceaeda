/** The store names who makes too many series or span names, and the attribute that does it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findOffenders } from '../../store/cardinality.ts';
import { attributes, type FrontDoor, openFrontDoor } from './front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door?.stop());

const NOW = Date.now();
const nano = BigInt(NOW) * 1_000_000n;
const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const point = (user: string, at = nano) => ({
  timeUnixNano: at,
  kind: { case: 'asInt', value: 1n },
  attributes: attributes({ route: '/', 'user.id': user }),
});
const gauge = (name: string, dataPoints: object[]) => ({
  name,
  kind: { case: 'gauge', value: { dataPoints } },
});
const resource = (service: string) => ({ attributes: attributes({ 'service.name': service }) });

test('a metric and a service over their limits are named with the attribute, what is below is not', async () => {
  const old = nano - 20n * 60_000_000_000n;
  await door.store('metrics', {
    resourceMetrics: [
      {
        resource: resource('cart'),
        scopeMetrics: [
          {
            metrics: [
              gauge(
                'requests',
                many(300, (i) => point(`u${i}`)),
              ),
              gauge(
                'calm',
                many(300, () => point('one')),
              ),
              gauge(
                'of the past',
                many(300, (i) => point(`u${i}`, old)),
              ),
            ],
          },
        ],
      },
    ],
  });
  const span = (i: number, name: string) => ({
    traceId: Uint8Array.from({ length: 16 }, () => (i % 250) + 1),
    spanId: Uint8Array.from({ length: 8 }, () => (i % 250) + 1),
    name,
    kind: 2,
    startTimeUnixNano: nano,
    endTimeUnixNano: nano + 1_000n,
  });
  await door.store('traces', {
    resourceSpans: [
      { resource: resource('web'), scopeSpans: [{ spans: many(120, (i) => span(i, `GET /orders/${i}`)) }] },
      { resource: resource('tidy'), scopeSpans: [{ spans: many(120, (i) => span(i, 'GET /orders/:id')) }] },
    ],
  });

  const found = await findOffenders(door.engine, { series: 100, operations: 50 }, NOW);

  expect(found).toHaveLength(2);
  expect(found[0]).toMatchObject({ kind: 'series', service: 'cart', metric: 'requests', limit: 100 });
  expect(found[0]).toMatchObject({ attribute: 'user.id', values: 300, count: 300 });
  expect(found[1]).toMatchObject({ kind: 'operations', service: 'web', count: 120, limit: 50 });
  expect(await findOffenders(door.engine, { series: 1_000, operations: 500 }, NOW)).toEqual([]);
});
