/** Search for traces: attributes of span and resource, newest first over any range. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { searchTraces } from '../../store/queries/traces.ts';
import { newestFirst } from '../../store/queries/window.ts';
import { attributes, type FrontDoor, openFrontDoor } from './front-door.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.now();
const RANGE = { from: NOW - 24 * HOUR_MS, to: NOW };

describe('the slices of a range', () => {
  test.each([1_000, 90_000, HOUR_MS, 400 * 24 * HOUR_MS])('cover %d ms once, the newest first', (length) => {
    const slices = newestFirst({ from: NOW - length, to: NOW });
    expect(slices[0]!.to).toBe(NOW);
    expect(slices.at(-1)!.from).toBe(NOW - length);
    for (const [i, slice] of slices.entries()) {
      expect(slice.from).toBeLessThan(slice.to);
      if (i > 0) expect(slice.to).toBe(slices[i - 1]!.from);
    }
  });
});

describe('in the store', () => {
  let door: FrontDoor;
  beforeAll(async () => {
    door = await openFrontDoor();
    const ages = [0.1, 1, 2, 10, 23];
    await door.store('traces', ...ages.map((hours, i) => trace(hours, { 'user.id': `u-${i}`, plan: 'pro' })));
    await door.store('traces', trace(5, {}, { 'host.name': 'left-over' }), trace(6, { empty: '' }));
  });
  afterAll(() => door?.stop());

  const find = async (key: string, value: string, limit = 50) => {
    const filter = { range: RANGE, env: '', sort: 'recent', limit, attributes: [{ key, value }] } as const;
    const { traces, more } = await searchTraces(door.engine, filter);
    return { hoursAgo: traces.map(({ start }) => Math.round(((NOW - start) / HOUR_MS) * 10) / 10), more };
  };

  test('a rare value is found wherever it is in the range', async () => {
    expect(await find('user.id', 'u-0')).toEqual({ hoursAgo: [0.1], more: false });
    expect(await find('user.id', 'u-4')).toEqual({ hoursAgo: [23], more: false });
    expect(await find('user.id', 'u-9')).toEqual({ hoursAgo: [], more: false });
  });

  test('a common value gives the newest, over the borders of slices', async () => {
    expect(await find('plan', 'pro')).toEqual({ hoursAgo: [0.1, 1, 2, 10, 23], more: false });
    expect(await find('plan', 'pro', 3)).toEqual({ hoursAgo: [0.1, 1, 2], more: true });
  });

  test('an attribute of the resource is found, a value under another key is not', async () => {
    expect((await find('host.name', 'left-over')).hoursAgo).toEqual([5]);
    expect((await find('plan', 'left-over')).hoursAgo).toEqual([]);
  });

  test('the product’s own traces are found when its service is asked for, and are in nobody’s way else', async () => {
    await door.store('traces', trace(7, { own: 'yes' }, { 'service.name': 'loopwatch' }));
    expect((await find('own', 'yes')).hoursAgo).toEqual([]);
    const filter = { range: RANGE, env: '', sort: 'recent', limit: 5, service: 'loopwatch' } as const;
    expect((await searchTraces(door.engine, filter)).traces).toHaveLength(1);
  });

  test('an empty value is one that is there, not one that is absent', async () => {
    expect((await find('empty', '')).hoursAgo).toEqual([6]);
  });
});

function trace(hoursAgo: number, own: Record<string, string>, resource: Record<string, string> = {}): object {
  const time = BigInt(Math.round(NOW - hoursAgo * HOUR_MS)) * 1_000_000n;
  const span = {
    traceId: new Uint8Array(randomBytes(16)),
    spanId: new Uint8Array(randomBytes(8)),
    name: 'x',
    startTimeUnixNano: time,
    endTimeUnixNano: time + 1_000n,
    attributes: attributes(own),
  };
  return {
    resourceSpans: [
      {
        resource: { attributes: attributes({ 'service.name': 'shop', ...resource }) },
        scopeSpans: [{ spans: [span] }],
      },
    ],
  };
}
