/** What probes saw, from their spans to the answers: nothing is lost on the way, and what nobody saw is never green. */
import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { descriptor } from '../../collector/wire/reencode.ts';
import type { ProbeRun } from '../../model/probe.ts';
import { locations } from '../../store/queries/locations.ts';
import { availabilityOf, listProbes } from '../../store/queries/probes.ts';
import { probeRun, probeRuns } from '../../store/queries/runs.ts';
import { readServerTimes } from '../../store/queries/server-times.ts';
import { unseen } from '../../store/queries/slots.ts';
import { applyRetention } from '../../store/schema/retention.ts';
import { traceRequest } from '../helpers/otlp.ts';
import {
  probeRequest,
  probeStep,
  requestOfHeartbeat,
  requestOfRun,
  probeRun as run,
} from '../synthetics/results.ts';
import { type FrontDoor, openFrontDoor } from './front-door.ts';

const MINUTE = 60_000;
/** A full minute about an hour ago. */
const START = Math.floor(Date.now() / MINUTE) * MINUTE - 60 * MINUTE;
const at = (minute: number) => START + minute * MINUTE;

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door?.stop());

const store = (...runs: ProbeRun[]) => door.store('traces', ...runs.map(requestOfRun));
const list = async (name: string, from: number, to: number, now = to) => {
  const { probes } = await listProbes(door.engine, { from: at(from), to: at(to) }, at(now));
  return probes.find((probe) => probe.name === name)!;
};
/** Runs of one probe at these minutes. */
const passing = (name: string, minutes: number[], more: Partial<ProbeRun> = {}) =>
  minutes.map((minute) => run({ name, scheduledAt: at(minute), ...more }));
const minutes = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

test('a run comes back as it was: every field, every step, every request', async () => {
  const full = run({
    name: 'full',
    kind: 'journey',
    startedAt: START + 12,
    scheduledAt: START,
    durationMs: 1234.5,
    fails: 'assertion',
    confirms: 'ab'.repeat(16),
    thresholds: { duration: 2_000, steps: { pay: 500 } },
    exceeded: ['', 'pay'],
    tags: { team: 'shop', 'a.b': 'ü' },
    certificateExpiresAt: Date.UTC(2027, 0, 1),
    conditions: { queueDelayMs: 1_500, concurrency: 2, hostCpu: 0.5, tainted: true },
    artifacts: [{ kind: 'trace', sha256: 'cd'.repeat(32), bytes: 12, type: 'application/zip' }],
    steps: [
      probeStep({
        name: 'home',
        startMs: 1.5,
        durationMs: 700.25,
        observerMs: 50,
        consoleErrors: 2,
        screenshot: 'ef'.repeat(32),
        vitals: { lcp: 640.5, cls: 0, inp: null, fcp: 200, ttfb: 90 },
        requests: [
          probeRequest({ startMs: 2, durationMs: 99.5 }),
          probeRequest({
            method: 'POST',
            status: 0,
            startMs: 200,
            phases: { dns: null, connect: null, tls: 0, ttfb: null, transfer: null },
          }),
        ],
      }),
      probeStep({ name: 'pay', startMs: 710, verdict: 'failed', error: 'No button "Pay"' }),
      probeStep({ name: 'thanks', startMs: 1234.5, durationMs: 0, verdict: 'skipped' }),
    ],
  });
  await store(full);
  expect(await probeRun(door.engine, full.traceId)).toEqual(full);
  const { runs } = await probeRuns(door.engine, { from: START, to: START + 1 }, 'full', '', 10);
  const { steps, artifacts, tags, thresholds, ...rest } = full;
  expect(runs).toEqual([
    {
      ...rest,
      steps: steps.map(({ name, verdict, durationMs, screenshot }) => ({
        name,
        verdict,
        durationMs,
        screenshot,
      })),
    },
  ]);
});

test('a request that was told of no trace is there, without an id of its own', async () => {
  const request = probeRequest({ spanId: '' });
  const third = run({ name: 'third party', steps: [probeStep({ requests: [request] })] });
  await store(third);
  expect((await probeRun(door.engine, third.traceId))!.steps[0]!.requests).toEqual([request]);
});

test('probes are no users: the rollups know their spans by the mark', async () => {
  await store(run({ name: 'marked', steps: [probeStep({ requests: [probeRequest()] })] }));
  const [spans] = await door.engine.query<{ marked: number; all: number }>(
    `SELECT countIf(Probe) AS marked, count() AS all FROM otel_traces WHERE ServiceName = 'loopwatch-synthetics'`,
  );
  expect(spans!.all).toBeGreaterThanOrEqual(3);
  expect(spans!.marked).toBe(spans!.all);
});

test('what others send under the same scope cannot break a segment', async () => {
  const broken = run({ name: 'odd', artifacts: 'nonsense' as never, every: -1, scheduledAt: 0 });
  broken.conditions.queueDelayMs = Number.NaN;
  const { accepted, stored } = await store({ ...broken, startedAt: Date.now() });
  expect(stored).toBe(accepted);
  expect(await probeRun(door.engine, broken.traceId)).toMatchObject({ every: 0, artifacts: [] });
});

test('a run that is sent twice is one', async () => {
  const twice = run({ name: 'twice', steps: [probeStep()], scheduledAt: at(1) });
  await store(twice);
  await store(twice);
  const { runs } = await probeRuns(door.engine, { from: at(0), to: at(2) }, 'twice', '', 10);
  expect(runs.map(({ steps }) => steps.length)).toEqual([1]);
  expect(await list('twice', 0, 2)).toMatchObject({ runs: 1 });
});

test('the newest runs come first, of one location when it is named, and it is said when there are more', async () => {
  await store(...passing('newest', minutes(0, 5)), ...passing('newest', [2], { location: 'lon' }));
  const range = { from: at(0), to: at(10) };
  const { runs, more } = await probeRuns(door.engine, range, 'newest', '', 3);
  expect(runs.map(({ scheduledAt }) => scheduledAt)).toEqual([at(4), at(3), at(2)]);
  expect(more).toBe(true);
  const lon = await probeRuns(door.engine, range, 'newest', 'lon', 3);
  expect(lon).toMatchObject({ more: false, runs: [{ location: 'lon' }] });
});

describe('availability', () => {
  test('counts slots: up when any run of it passed, down when the target is to blame, blind for the rest', async () => {
    const confirmed = run({ name: 'mixed', scheduledAt: at(1), fails: 'target' });
    const chance = run({ name: 'mixed', scheduledAt: at(2), fails: 'assertion' });
    await store(
      ...passing('mixed', [0, 5]),
      confirmed,
      run({
        name: 'mixed',
        scheduledAt: at(1),
        startedAt: at(1) + 500,
        fails: 'target',
        confirms: confirmed.traceId,
      }),
      chance,
      run({ name: 'mixed', scheduledAt: at(2), startedAt: at(2) + 500, confirms: chance.traceId }),
      run({ name: 'mixed', scheduledAt: at(3), fails: 'probe' }),
      run({ name: 'mixed', scheduledAt: at(4), verdict: 'skipped', skipped: 'busy', durationMs: 0 }),
    );
    const probe = await list('mixed', 0, 6);
    expect(probe.availability).toEqual({
      up: 3,
      down: 1,
      blind: 2,
      value: 0.75,
      lowest: 0.5,
      highest: 5 / 6,
    });
    expect(probe.runs).toBe(7);
    expect(probe.trend.slice(0, 6)).toMatchObject([
      { up: 1, down: 0, blind: 0, wait: 100 },
      { up: 0, down: 1, blind: 0, wait: null },
      { up: 1, down: 0, blind: 0, wait: null },
      { up: 0, down: 0, blind: 1, wait: null },
      { up: 0, down: 0, blind: 1, wait: null },
      { up: 1, down: 0, blind: 0, wait: 100 },
    ]);
  });

  test('a slot without a run is blind, wherever it lies in the range', async () => {
    await store(...passing('gaps', [-3, 2, 3, 7, 8]));
    // Missing: 0, 1 (before the first), 4, 5, 6 (between), 9, 10 (after the last); 11 may still come.
    const { availability, trend } = await list('gaps', 0, 12);
    expect(availability).toMatchObject({ up: 4, down: 0, blind: 7, value: 1, lowest: 4 / 11 });
    expect(trend.map(({ blind }) => blind)).toEqual([1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0]);
  });

  test('a probe of which the whole range saw nothing is blind in all of it', async () => {
    await store(...passing('gone dark', [0]));
    expect((await list('gone dark', 10, 20)).availability).toMatchObject({
      up: 0,
      blind: 9,
      value: null,
      lowest: 0,
      highest: 1,
    });
  });

  test('before its first run a probe was not blind, it was not there', async () => {
    await store(...passing('new', [8, 9]));
    expect((await list('new', 0, 10)).availability).toMatchObject({ up: 2, blind: 0 });
  });

  test('a probe that was taken away from a living location is not blind; a silent location is', async () => {
    await store(
      ...passing('taken', minutes(0, 5), { location: 'alive' }),
      ...passing('silent', minutes(0, 5), { location: 'dead' }),
    );
    await door.store(
      'metrics',
      await requestOfHeartbeat('alive', at(30) - 10_000),
      await requestOfHeartbeat('dead', at(5)),
    );
    expect(await list('taken', 0, 30)).toMatchObject({ scheduled: false, availability: { up: 5, blind: 0 } });
    expect(await list('silent', 0, 30)).toMatchObject({
      scheduled: true,
      availability: { up: 5, blind: 24 },
    });
  });

  test('locations are counted each by itself', async () => {
    await store(
      ...passing('two', [0, 1]),
      run({ name: 'two', location: 'lon', scheduledAt: at(0), fails: 'target' }),
      run({ name: 'two', location: 'lon', scheduledAt: at(1) }),
    );
    const probe = await list('two', 0, 2);
    expect(probe.availability).toMatchObject({ up: 3, down: 1, blind: 0 });
    expect(probe.latest).toMatchObject([
      { location: 'fra', verdict: 'passed' },
      { location: 'lon', verdict: 'passed' },
    ]);
  });

  test('nothing seen is no number', () => {
    expect(availabilityOf({ up: 0, down: 0, blind: 0 })).toMatchObject({
      value: null,
      lowest: null,
      highest: null,
    });
    expect(availabilityOf({ up: 0, down: 0, blind: 2 })).toMatchObject({
      value: null,
      lowest: 0,
      highest: 1,
    });
  });
});

test('the wait is the p75 of good, untainted, first runs', async () => {
  const measured = (minute: number, durationMs: number, more: Partial<ProbeRun> = {}) =>
    run({ name: 'wait', scheduledAt: at(minute), durationMs, ...more });
  const tainted = { queueDelayMs: 2_000, concurrency: 1, hostCpu: 0.9, tainted: true };
  await store(
    ...[100, 200, 300, 400].map((ms, i) => measured(i, ms)),
    measured(4, 9_000, { conditions: tainted }),
    measured(5, 9_000, { verdict: 'failed', failure: { class: 'target', step: '', message: '' } }),
    measured(5, 9_000, { confirms: 'ab'.repeat(16) }),
  );
  expect(await list('wait', 0, 6)).toMatchObject({ wait: 325, tainted: 1, runs: 7 });
});

test('the latest run says what is wrong, and the earliest certificate when it ends', async () => {
  const soon = Date.UTC(2027, 0, 1);
  await store(
    run({ name: 'latest', scheduledAt: at(0), certificateExpiresAt: soon }),
    run({
      name: 'latest',
      scheduledAt: at(1),
      certificateExpiresAt: soon + 1_000,
      fails: 'target',
      tags: { team: 'a' },
    }),
    run({
      name: 'latest',
      location: 'lon',
      scheduledAt: at(0),
      verdict: 'skipped',
      skipped: 'Install a browser.',
      certificateExpiresAt: soon + 5,
    }),
  );
  expect(await list('latest', 0, 2)).toMatchObject({
    tags: { team: 'a' },
    certificateExpiresAt: soon + 5,
    latest: [
      { location: 'fra', verdict: 'failed', failureClass: 'target', message: 'status is 503, not 200' },
      { location: 'lon', verdict: 'skipped', message: 'Install a browser.' },
    ],
  });
});

test('a location is silent after three heartbeats that did not come', async () => {
  await door.store(
    'metrics',
    await requestOfHeartbeat('quiet', at(40) - 60_000, 3),
    await requestOfHeartbeat('quiet', at(40), 4),
  );
  const quiet = async (after: number) =>
    (await locations(door.engine, at(40) + after)).find(({ location }) => location === 'quiet');
  expect(await quiet(45_000)).toEqual({
    location: 'quiet',
    lastHeartbeat: at(40),
    every: 15_000,
    probes: 4,
    silent: false,
  });
  expect(await quiet(45_001)).toMatchObject({ silent: true });
  expect(await quiet(8 * 86_400_000)).toBeUndefined();
});

test('results have a retention of their own', async () => {
  await applyRetention(door.engine, { probes: 400 * 86_400_000 });
  const tables = await door.engine.query<{ ddl: string }>(
    `SELECT create_table_query AS ddl FROM system.tables WHERE database = currentDatabase() AND name IN ('probe_runs', 'probe_steps')`,
  );
  expect(tables.map(({ ddl }) => /toIntervalDay\((\d+)\)/.exec(ddl)?.[1])).toEqual(['400', '400']);
});

test('unseen slots end, whatever the interval is', () => {
  expect([...unseen(0, 100, 10, 75)]).toEqual([80, 90]);
  expect([...unseen(0, 31, 10)]).toEqual([10, 20]);
  expect([...unseen(0, 100, 0)]).toEqual([]);
  expect([...unseen(0, 1e15, 1)].length).toBeLessThan(200_000);
});

test('the slowest operation behind a journey is told for probes and for real users apart', async () => {
  const journey = run({ name: 'served', kind: 'journey', scheduledAt: at(2), startedAt: at(2) });
  const spans = (traceState: string, durationMs: number, traceId?: string) => ({
    ...{ name: 'POST /orders', start: at(2) + 100, durationMs, traceState },
    ...(traceId ? { traceId } : {}),
  });
  const quick = {
    name: 'GET /',
    start: at(2) + 50,
    durationMs: 5,
    traceState: 'lw=p',
    traceId: journey.traceId,
  };
  await store(journey);
  const served = [quick, spans('lw=p', 300, journey.traceId), spans('', 800), spans('', 800)];
  const request = traceRequest({ service: 'shop', spans: served });
  await door.store('traces', fromBinary(descriptor('ExportTraceServiceRequest'), request));
  const { times } = await readServerTimes(door.engine, { from: at(0), to: at(10) });
  const found = times.find((each) => each.probe === 'served');
  expect(found).toMatchObject({ service: 'shop', operation: 'POST /orders' });
  expect([Math.abs(found!.probed! - 300) < 20, Math.abs(found!.real! - 800) < 50]).toEqual([true, true]);
});
