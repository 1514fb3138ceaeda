/** Latency over time from the rollup, and what sets two groups of spans apart. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareGroups, differences } from '../../store/queries/compare.ts';
import { readHeatmap } from '../../store/queries/heatmap.ts';
import { startTestEngine, store, type TestEngine } from '../helpers/engine.ts';
import { type SpanSpec, traceRequest } from '../helpers/otlp.ts';

const MINUTE_MS = 60_000;
const BASE = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 10 * MINUTE_MS;
const RANGE = { from: BASE, to: BASE + 5 * MINUTE_MS };

let it: TestEngine;
beforeAll(async () => {
  it = await startTestEngine();
  const spans = Array.from(
    { length: 40 },
    (_, i): SpanSpec => ({
      name: 'GET /',
      start: BASE + (i % 2) * 2 * MINUTE_MS + i,
      durationMs: i % 4 === 0 ? 800 : 10,
      attributes: { 'cache.hit': i % 4 !== 0, 'user.id': `u${i}` },
      ...(i % 4 === 0 ? { status: { code: 2 } } : {}),
    }),
  );
  await store(it, traceRequest({ service: 'shop', spans }));
  await store(
    it,
    traceRequest({
      service: 'shop',
      spans: [{ name: 'inside', kind: 1, start: BASE, parentSpanId: 'aa'.repeat(8) }],
    }),
  );
});
afterAll(() => it?.stop());

test('every request is in the cell of its time and duration', async () => {
  const { rows, slots, stepMs } = await readHeatmap(it.engine, RANGE, '', 'shop', '');
  expect(stepMs).toBe(MINUTE_MS);
  expect(slots.map(({ requests }) => requests)).toEqual([20, 0, 20, 0, 0]);
  expect(slots[0]).toMatchObject({ errors: 10 });
  const slow = rows.find(({ fromMs, toMs }) => fromMs < 800 && toMs >= 800)!;
  const fast = rows.find(({ fromMs, toMs }) => fromMs < 10 && toMs >= 10)!;
  expect([slow.counts[0], fast.counts[0], fast.counts[2]]).toEqual([10, 10, 20]);
  expect(rows[0]).toBe(slow);
  expect(rows.at(-1)).toBe(fast);
});

test('an operation has its own cells, of whatever kind its spans are', async () => {
  const { slots } = await readHeatmap(it.engine, RANGE, '', 'shop', 'inside');
  expect(slots.map(({ requests }) => requests)).toEqual([1, 0, 0, 0, 0]);
  expect((await readHeatmap(it.engine, RANGE, 'elsewhere', '', '')).rows).toEqual([]);
});

test('what differs is what is over-represented, and ids that differ anyway are not', async () => {
  const group = { range: RANGE, env: '', service: 'shop', sort: 'recent', limit: 1 } as const;
  const {
    spansA,
    spansB,
    differences: found,
  } = await compareGroups(it.engine, { ...group, minMs: 500 }, { ...group, maxMs: 100, onlyEntries: true });
  expect([spansA, spansB]).toEqual([10, 30]);
  expect(found).toContainEqual({ key: 'cache.hit', value: 'false', shareA: 1, shareB: 0 });
  expect(found).toContainEqual({ key: 'status', value: 'Error', shareA: 1, shareB: 0 });
  expect(found.some(({ key }) => key === 'user.id' || key === 'service')).toBe(false);
});

test('a group of a single span is a group', async () => {
  const group = { range: RANGE, env: '', service: 'shop', sort: 'recent', limit: 1 } as const;
  const { spansA } = await compareGroups(it.engine, { ...group, operation: 'inside' }, group);
  expect(spansA).toBe(1);
});

test('an empty group differs in nothing that can be said', () => {
  expect(differences({ spans: 0, pairs: [] }, { spans: 0, pairs: [] })).toEqual([]);
});
