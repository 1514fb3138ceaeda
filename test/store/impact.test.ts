/** Releases and what they changed, on the engine. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refreshEdges } from '../../store/edges.ts';
import { listReleases, readImpact } from '../../store/queries/impact.ts';
import { startTestEngine, store, type TestEngine } from '../helpers/engine.ts';
import { newSpanId, newTraceId, type ResourceSpec, traceRequest } from '../helpers/otlp.ts';

const MINUTE_MS = 60_000;
const NOW = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
/** The moment of the release, within a minute. */
const AT = NOW - 30 * MINUTE_MS + 20_000;
const CLIENT = 3;

let it: TestEngine;
beforeAll(async () => {
  it = await startTestEngine();
  const minutes = Array.from({ length: 41 }, (_, i) => i - 20);
  await store(it, traceRequest(...minutes.flatMap(callsIn)));
  await refreshEdges(it.engine, 0);
});
afterAll(() => it?.stop());

/** Ten calls of `payment` by `checkout`; before the release they take 100 ms, after it 400 ms and every fifth fails. */
function callsIn(minute: number): ResourceSpec[] {
  const version = minute < 0 ? '1.4.2' : '1.4.3';
  const durationMs = minute < 0 ? 100 : 400;
  return Array.from({ length: 10 }, (_, i): ResourceSpec[] => {
    const [traceId, web, call] = [newTraceId(), newSpanId(), newSpanId()];
    const start = AT + minute * MINUTE_MS + i * 1_000;
    const failed = minute >= 0 && i % 5 === 0 ? { status: { code: 2 } } : {};
    return [
      {
        service: 'checkout',
        version: '2.0',
        spans: [
          { traceId, spanId: web, start, durationMs: durationMs + 20 },
          { traceId, spanId: call, parentSpanId: web, kind: CLIENT, start, durationMs: durationMs + 10 },
        ],
      },
      { service: 'payment', version, spans: [{ traceId, parentSpanId: call, start, durationMs, ...failed }] },
    ];
  }).flat();
}

test('a release is listed with its verdict; the version that a service began with is none', async () => {
  const releases = await listReleases(it.engine, { from: NOW - 3_600_000, to: NOW }, '', '', NOW);
  expect(releases).toMatchObject([
    {
      service: 'payment',
      version: '1.4.3',
      previous: '1.4.2',
      at: AT,
      undone: false,
      verdict: { word: 'worse' },
    },
  ]);
  expect(await listReleases(it.engine, { from: NOW - 3_600_000, to: NOW }, '', 'payment', NOW)).toEqual(
    releases,
  );
  expect(await listReleases(it.engine, { from: NOW - 3_600_000, to: NOW }, '', 'checkout', NOW)).toEqual([]);
});

test('before and after of the service and of its caller are compared, without the minutes of releases', async () => {
  const impact = await readImpact(it.engine, 'payment', '1.4.3', '', NOW);
  const [payment, checkout] = impact.services;
  expect(payment).toMatchObject({
    service: 'payment',
    role: 'released',
    requests: { before: 190, after: 200 },
  });
  expect(checkout).toMatchObject({
    service: 'checkout',
    role: 'caller',
    requests: { before: 190, after: 200 },
  });
  const of = (measure: string) => payment?.changes.find((change) => change.measure === measure);
  expect(of('requests')?.word).toBe('less');
  expect(of('errors')).toMatchObject({ before: 0, after: 0.2, word: 'worse' });
  expect(of('p95')?.before).toBeCloseTo(100, -1);
  expect(of('p95')?.word).toBe('worse');
  expect(checkout?.changes.find(({ measure }) => measure === 'p95')?.word).toBe('worse');
  expect(checkout?.changes.find(({ measure }) => measure === 'errors')?.word).toBe('same');
});

test('a release that an older version replaced is undone, and compared only as long as it served', async () => {
  const back = { service: 'payment', version: '1.4.2', spans: [{ start: NOW - 5 * MINUTE_MS }] };
  await store(it, traceRequest(back));
  const impact = await readImpact(it.engine, 'payment', '1.4.3', '', NOW);
  expect(impact.undone).toBe(true);
  expect(impact.after.to).toBe(NOW - 10 * MINUTE_MS);
});

test('a version that was never seen is told so', async () => {
  await expect(readImpact(it.engine, 'payment', '9', '', NOW)).rejects.toMatchObject({ code: 'not_found' });
});
