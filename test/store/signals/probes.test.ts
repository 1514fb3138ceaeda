/** What a busy machine spoils does not count, and nothing else of it is overlooked: it may be busy for ever. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../base/clock.ts';
import type { FailureClass, ProbeKind } from '../../../model/probe.ts';
import type { ProbeSignal } from '../../../model/signal.ts';
import { createSignalSource } from '../../../store/signals/source.ts';
import { startTestEngine, type TestEngine } from '../../helpers/engine.ts';
import { MINUTE, T0, time } from './data.ts';

let it: TestEngine;
beforeAll(async () => {
  it = await startTestEngine();
});
afterAll(() => it?.stop());

/** Runs of a busy machine, one a minute; '' passed. */
async function store(name: string, kind: ProbeKind, results: readonly (FailureClass | '')[]): Promise<void> {
  const rows = results.map((FailureClass, i) => ({
    ...{ Name: name, Location: 'fra', Kind: kind, TraceId: `${name}${i}` },
    ...{ ScheduledAt: time(i * MINUTE), StartedAt: time(i * MINUTE), DurationMs: 100 },
    ...{ Verdict: FailureClass === '' ? 'passed' : 'failed', FailureClass, Tainted: true },
  }));
  await it.engine.insertRows('probe_runs', rows);
}

async function read(probe: string, measure: ProbeSignal['measure']) {
  const spec: ProbeSignal = { kind: 'probe', probe, window: 30 * MINUTE, by: [], measure, locations: 1 };
  const source = createSignalSource(it.engine, systemClock);
  const reading = (await source.read(new Map([['it', spec]]), T0 + 10 * MINUTE)).get('it')!;
  if (!reading.ok) throw new Error(reading.error);
  return reading.samples.map(({ value }) => value);
}

const TWICE = { failed: { consecutiveRuns: 2 } };

test('a target that does not answer fails, and recovers, however busy the machine is', async () => {
  await store('down', 'tcp', ['', 'target', 'target']);
  await store('recovered', 'tcp', ['target', 'target', '']);
  await store('journey', 'journey', ['target', 'target']);
  expect(await read('down', TWICE)).toEqual([1]);
  expect(await read('recovered', TWICE)).toEqual([0]);
  expect(await read('journey', TWICE)).toEqual([1]);
});

test('a check that got a wrong answer fails, a journey that did not see in time what it expects does not', async () => {
  await store('wrong answer', 'http', ['assertion', 'assertion']);
  await store('slow page', 'journey', ['assertion', 'assertion']);
  expect(await read('wrong answer', TWICE)).toEqual([1]);
  expect(await read('slow page', TWICE)).toEqual([]);
});

test('a run that keeps evidence is slower by it, and says nothing about being slow', async () => {
  const slow = (i: number, Confirms: string) => ({
    ...{ Name: 'slow', Location: 'fra', Kind: 'journey', TraceId: `slow${i}`, Confirms },
    ...{ ScheduledAt: time(i * MINUTE), StartedAt: time(i * MINUTE), DurationMs: 100 },
    ...{ Verdict: 'passed', Exceeded: Confirms === '' ? [''] : [] },
  });
  await it.engine.insertRows('probe_runs', [slow(0, ''), slow(1, 'slow0'), slow(2, '')]);
  expect(await read('slow', { slow: { consecutiveRuns: 2 } })).toEqual([1]);
});

test('how long users wait is not measured by a busy machine', async () => {
  await store('duration', 'http', ['', '']);
  expect(await read('duration', 'duration')).toEqual([]);
});
