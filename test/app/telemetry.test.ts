/** The product watches itself by its own front door, without feeding on what it sends, and without a word too much. */
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startPulse } from '../../app/telemetry/pulse.ts';
import { type Recorder, startSdk } from '../../app/telemetry/sdk.ts';
import type { ArrivalSources, EngineSources } from '../../app/telemetry/stages.ts';
import { createTelemetry } from '../../app/telemetry/telemetry.ts';
import { OWN_HEADER } from '../../collector/receive/door.ts';
import { descriptor } from '../../collector/wire/reencode.ts';
import { REQUEST } from '../../model/otlp.ts';
import { type OpenDoor, openDoor, traces } from '../door/setting.ts';
import { post } from '../door/transports.ts';
import { eventually } from '../helpers/eventually.ts';
import { recordingLog } from '../helpers/log.ts';

const MARK = 'this is me';
const NONE = { traces: 0, metrics: 0, logs: 0 };
/** At rest, four times that. */
const EVERY_MS = 25;

/** What the product would look at, of this door. */
const sourcesOf = (door: OpenDoor): { arrivals: ArrivalSources; engine: EngineSources } => ({
  arrivals: arrivalsOf(door),
  engine,
});

const arrivalsOf = (door: OpenDoor): ArrivalSources => ({
  received: () => door.senders.counts(),
  inFlight: () => ({ bytes: door.door.budget.bytes, requests: door.door.budget.requests }),
  journal: () => ({ bytes: door.journaled.length, lagMs: 0, setAside: 0, segments: NONE }),
  storedItems: () => NONE,
});

const engine: EngineSources = {
  isStoreUp: () => true,
  engine: async () => ({
    memoryBytes: 1,
    runningMerges: 0,
    runningQueries: 0,
    queries: 7,
    failedQueries: 0,
    insertedRows: 0,
    mergedRows: 0,
    parts: 3,
    diskBytes: 4,
  }),
};

async function watching(door: OpenDoor, more: { endpoint?: string; token?: string } = {}) {
  const log = recordingLog();
  const recorder = await startSdk({
    version: '1.2.3',
    endpoint: door.httpUrl,
    token: '',
    ownMark: MARK,
    dataFolder: tmpdir(),
    ...sourcesOf(door),
    log,
    everyMs: EVERY_MS,
    ...more,
  });
  const stop = once(recorder);
  onTestFinished(stop);
  return { recorder, log, stop };
}

/** Stopped twice it is stopped once. */
function once(recorder: Recorder): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= recorder.stop();
    return stopping;
  };
}

interface Metrics {
  resourceMetrics: {
    resource: { attributes: { key: string; value: { kind: { value: unknown } } }[] };
    scopeMetrics: { metrics: { name: string; unit: string }[] }[];
  }[];
}

const exportsOf = (door: OpenDoor) => door.journaled.filter(({ signal }) => signal === 'metrics');
const readMetrics = (body: Uint8Array) => fromBinary(descriptor(REQUEST.metrics), body) as unknown as Metrics;

describe('without traffic from outside', () => {
  test('each export is as small as the one before it, and spans are not among them', async () => {
    const door = await openDoor({ ownMark: MARK });
    await watching(door);
    await eventually('a dozen exports', () => exportsOf(door).length >= 12);
    // The first comes at once, before shares of a time can be told.
    const items = exportsOf(door)
      .slice(2)
      .map((each) => each.items);
    expect(new Set(items).size, items.join()).toBe(1);
    expect(items[0]).toBeLessThan(80);
    expect(door.journaled.filter(({ signal }) => signal !== 'metrics')).toEqual([]);
  });

  test('nobody is said to have sent anything', async () => {
    const greeted: string[] = [];
    const door = await openDoor({ ownMark: MARK, firstSpansFrom: (name) => greeted.push(name) });
    await watching(door);
    await eventually('an export', () => door.senders.counts().own.accepted.metrics > 0);
    expect(door.senders.summary()).toEqual({
      requests: 0,
      acceptedItems: 0,
      refusedItems: 0,
      lastAcceptedAt: null,
      lastRejection: null,
    });
    expect(greeted).toEqual([]);
    expect(door.senders.list().senders).toMatchObject([
      { service: 'loopwatch', sdk: { language: 'nodejs' } },
    ]);
    expect(door.senders.counts().others.requests).toBe(0);
  });
});

test('somebody who does not know the mark is a sender like any other, whatever it is called', async () => {
  const door = await openDoor({ ownMark: MARK });
  await post(`${door.httpUrl}/v1/traces`, traces(), {
    'Content-Type': 'application/x-protobuf',
    [OWN_HEADER]: 'guessed',
  });
  expect(door.senders.summary()).toMatchObject({ requests: 1, acceptedItems: 1 });
});

test('whoever asks gets the same figures in Prometheus’ text format', async () => {
  const door = await openDoor({ ownMark: MARK });
  const { recorder } = await watching(door);
  recorder.insert('traces', 20, true);
  const text = await recorder.metrics();
  expect(text).toMatch(/^# TYPE loopwatch_drain_insert_duration histogram$/m);
  expect(text).toMatch(/^loopwatch_drain_insert_duration_count\{.*loopwatch_signal="traces".*\} 1$/m);
  expect(text).toMatch(/^loopwatch_engine_queries_total(?:\{.*\})? 7$/m);
  expect(text).toMatch(/^target_info\{.*service_name="loopwatch"/m);
});

test('it says who it is, and every metric is in the documentation with its unit', async () => {
  const door = await openDoor({ ownMark: MARK });
  const { recorder, stop } = await watching(door);
  recorder.insert('traces', 20, true);
  recorder.job('edges', 5);
  recorder.request({ method: 'GET', route: '/', status: 200, startedAt: Date.now(), ms: 1 });
  await stop();
  const [group] = readMetrics(exportsOf(door).at(-1)!.body).resourceMetrics;
  const resource = Object.fromEntries(
    group!.resource.attributes.map(({ key, value }) => [key, value.kind.value]),
  );
  expect(resource).toMatchObject({ 'service.name': 'loopwatch', 'service.version': '1.2.3' });
  const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const sent = group!.scopeMetrics.flatMap(({ metrics }) => metrics);
  expect(sent.length).toBeGreaterThan(30);
  const rows = text.split('\n').map((row) => row.replace(/\s+/g, ' '));
  const wanted = sent.map(({ name, unit }) => `| \`${name}\` | \`${unit}\` |`);
  expect(wanted.filter((start) => !rows.some((row) => row.startsWith(start)))).toEqual([]);
});

test('every request is counted and at most ten a second are traced', async () => {
  const door = await openDoor({ ownMark: MARK });
  const { recorder, stop } = await watching(door);
  const startedAt = Math.floor(Date.now() / 1_000) * 1_000;
  for (let i = 0; i < 40; i++)
    recorder.request({ method: 'GET', route: '/api/traces/:id', status: 200, startedAt, ms: 3 });
  await stop();
  const spans = door.journaled.filter(({ signal }) => signal === 'traces');
  expect(spans.reduce((sum, { items }) => sum + items, 0)).toBe(10);
  expect(Buffer.from(spans[0]!.body).includes('GET /api/traces/:id')).toBe(true);
  const last = JSON.stringify(readMetrics(exportsOf(door).at(-1)!.body), (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect(/"http\.server\.request\.duration".*?"count":"(\d+)"/.exec(last)?.[1]).toBe('40');
});

test('it is sent four times as often while something happens', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let activity = 0;
  let sent = 0;
  const stop = startPulse({ everyMs: 1_000, activity: () => activity, send: () => void sent++ });
  onTestFinished(stop);
  vi.advanceTimersByTime(8_000);
  expect(sent).toBe(2);
  for (let second = 0; second < 8; second++) {
    activity += 1;
    vi.advanceTimersByTime(1_000);
  }
  expect(sent).toBe(10);
});

test('with an ingest token it is let in', async () => {
  const door = await openDoor({ ownMark: MARK, token: 'secret' });
  await watching(door, { token: 'secret' });
  await eventually('an export', () => exportsOf(door).length > 0);
});

test('while nobody takes it, one line is logged however often it is tried', async () => {
  const door = await openDoor({ ownMark: MARK, token: 'secret' });
  const { log } = await watching(door, { token: 'wrong' });
  await eventually('three attempts', () => door.senders.counts().own.refusedRequests >= 3);
  expect(log.lines.map(({ message }) => message)).toEqual([
    expect.stringMatching(/could not send telemetry about itself/),
  ]);
});

test('switched off it loads nothing and sends nothing, and jobs run all the same', async () => {
  const door = await openDoor();
  const telemetry = createTelemetry(false, recordingLog());
  telemetry.start({
    version: '1',
    endpoint: door.httpUrl,
    token: '',
    dataFolder: tmpdir(),
    ...sourcesOf(door),
  });
  expect(await telemetry.job('edges', async () => 'done')).toBe('done');
  await expect(telemetry.job('edges', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await telemetry.stop();
  expect(door.senders.counts().others.requests).toBe(0);
});
