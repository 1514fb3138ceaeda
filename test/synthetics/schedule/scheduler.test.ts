/** The schedule over fake time: every slot is reported, failures are confirmed at once, and busy machines say so. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FailureClass, ProbeRun } from '../../../model/probe.ts';
import type { JourneyFile, KeptArtifact } from '../../../synthetics/runner/port.ts';
import { gridOf, slotAt } from '../../../synthetics/schedule/grid.ts';
import { HostCpu } from '../../../synthetics/schedule/host-cpu.ts';
import { journeyProbe, type Probe, type ProbeOutcome } from '../../../synthetics/schedule/probe.ts';
import { Scheduler, type SchedulerOptions } from '../../../synthetics/schedule/scheduler.ts';

const MINUTE = 60_000;
const clock = { now: () => Date.now() };
const NOBODY_ASIDE = {
  journeys: { places: 1, patienceMs: 5_000, aside: 0 },
  checks: { places: 10, patienceMs: 1_000, aside: 0 },
};
let reported: ProbeRun[];
let files: KeptArtifact[];
let scheduler: Scheduler;

function schedule(probes: Probe[], options: Partial<SchedulerOptions> = {}): void {
  const hostCpu = new HostCpu(clock.now, () => ({ busy: 0, total: Date.now() }));
  const report = (run: ProbeRun, artifacts: readonly KeptArtifact[]) => {
    reported.push(run);
    files.push(...artifacts);
  };
  scheduler = new Scheduler({ location: 'fra', clock, hostCpu, report, ...options });
  scheduler.replace(probes);
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 12) });
  reported = [];
  files = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await scheduler.stop(0);
});

/** A probe whose runs take so long and end as they are told, one after the other. */
function probe(
  name: string,
  more: Partial<Probe> = {},
  ms = 100,
  ends: (FailureClass | 'passed')[] = [],
): Probe {
  return {
    name,
    kind: 'http',
    definition: 'abc',
    every: MINUTE,
    timeout: 10_000,
    thresholds: { duration: null, steps: {} },
    tags: {},
    locations: [],
    unavailable: () => null,
    run: async (): Promise<ProbeOutcome> => {
      const startedAt = Date.now();
      await new Promise((resolve) => setTimeout(resolve, ms));
      const end = ends.shift() ?? 'passed';
      const failure = end === 'passed' ? null : { class: end, step: 'request', message: 'no' };
      const verdict = end === 'passed' ? 'passed' : 'failed';
      return {
        startedAt,
        durationMs: ms,
        verdict,
        failure,
        steps: [],
        artifacts: [],
        hostCpu: 0.5,
        certificateExpiresAt: null,
      };
    },
    ...more,
  };
}

const verdicts = (name = 'home') => reported.filter((run) => run.name === name).map(({ verdict }) => verdict);

test('runs at its slots, none late, and every run says how it was measured', async () => {
  schedule([probe('home')]);
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(reported).toHaveLength(10);
  const grid = gridOf('home', 'fra', MINUTE);
  for (const run of reported) {
    expect(slotAt(grid, run.scheduledAt)).toBe(run.scheduledAt);
    expect(run.startedAt - run.scheduledAt).toBeLessThanOrEqual(1);
    expect(run).toMatchObject({
      location: 'fra',
      verdict: 'passed',
      confirms: '',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      conditions: { concurrency: 1, hostCpu: 0.5, tainted: false },
    });
  }
});

test.each<[FailureClass]>([['target'], ['assertion']])(
  'a failure of class %s is confirmed at once, in a run of its own that keeps evidence',
  async (failed) => {
    const orders: boolean[] = [];
    const it = probe('home', {}, 100, [failed, failed]);
    schedule([
      {
        ...it,
        run: (order) => {
          orders.push(order.keepsEvidence);
          return it.run(order);
        },
      },
    ]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(reported).toHaveLength(2);
    const [first, second] = reported;
    expect(second).toMatchObject({
      verdict: 'failed',
      confirms: first!.traceId,
      scheduledAt: first!.scheduledAt,
    });
    expect(second!.traceId).not.toBe(first!.traceId);
    expect(second!.startedAt - first!.startedAt).toBeLessThan(200);
    expect(orders).toEqual([false, true]);
  },
);

test('a confirming run that passes is told as such', async () => {
  schedule([probe('home', {}, 100, ['target'])]);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(verdicts()).toEqual(['failed', 'passed']);
});

test('the probe’s own fault is not confirmed', async () => {
  schedule([probe('home', {}, 100, ['probe'])]);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(verdicts()).toEqual(['failed']);
});

test('a run that is not over at its next slot makes that slot a skipped one, with its reason', async () => {
  schedule([probe('home', {}, 1.5 * MINUTE)]);
  await vi.advanceTimersByTimeAsync(4 * MINUTE);
  // Reported when it is known: the skipped slot while the run before it goes on.
  expect(verdicts()).toEqual(['skipped', 'passed', 'skipped']);
  expect(reported[0]).toMatchObject({
    durationMs: 0,
    skipped: expect.stringMatching(/^The run of .* had not ended\.$/),
  });
});

test('journeys run one after the other, and who waited long is tainted', async () => {
  const journeys = ['a', 'b', 'c', 'd'].map((name) => probe(name, { kind: 'journey' }, 20_000));
  schedule(journeys, { lanes: NOBODY_ASIDE });
  await vi.advanceTimersByTimeAsync(3 * MINUTE);
  const runs = reported.filter(({ verdict }) => verdict !== 'skipped');
  runs.sort((x, y) => x.startedAt - y.startedAt);
  for (const [i, run] of runs.entries()) {
    expect(run.conditions.concurrency).toBe(1);
    if (i > 0) expect(run.startedAt).toBeGreaterThanOrEqual(runs[i - 1]!.startedAt + 20_000);
    expect(run.conditions.tainted).toBe(run.conditions.queueDelayMs > 1_000);
    expect(run.conditions.queueDelayMs).toBe(run.startedAt - run.scheduledAt);
  }
  expect(runs.some(({ conditions }) => conditions.tainted)).toBe(true);
});

test('a journey that hangs holds up nobody longer than once, for five seconds', async () => {
  const every = 20_000;
  const journeys = ['a', 'b', 'c', 'd'].map((name) => probe(name, { kind: 'journey', every }, 300));
  schedule([probe('hangs', { kind: 'journey', every }, 18_000, ['probe', 'probe', 'probe']), ...journeys]);
  await vi.advanceTimersByTimeAsync(MINUTE + every);
  const waits = (from: number) =>
    reported
      .filter(({ name, scheduledAt }) => name !== 'hangs' && scheduledAt > from)
      .map(({ conditions }) => conditions.queueDelayMs);
  const [first] = reported.filter(({ name }) => name === 'hangs');
  expect(Math.max(...waits(0))).toBeLessThanOrEqual(5_000 + 4 * 300);
  expect(Math.max(...waits(first!.startedAt + 5_000))).toBeLessThanOrEqual(4 * 300);
  expect(verdicts('hangs')).toEqual(['failed', 'failed', 'failed']);
});

test('checks run at once up to their cap, beside a journey', async () => {
  const checks = Array.from({ length: 12 }, (_, i) => probe(`check ${i}`, { every: 5_000 }, 4_900));
  schedule([...checks, probe('journey', { kind: 'journey', every: 5_000 }, 4_900)], {
    lanes: NOBODY_ASIDE,
  });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(Math.max(...reported.map(({ conditions }) => conditions.concurrency))).toBe(11);
});

test('a machine that was busy taints what it measured', async () => {
  const it = probe('home');
  schedule([{ ...it, run: async (order) => ({ ...(await it.run(order)), hostCpu: 0.81 }) }]);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(reported[0]!.conditions).toMatchObject({ hostCpu: 0.81, tainted: true });
});

test('time that jumped leaves skipped slots behind', async () => {
  schedule([probe('home')]);
  await vi.advanceTimersByTimeAsync(MINUTE);
  vi.setSystemTime(Date.now() + 3 * MINUTE);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(verdicts()).toEqual(['passed', 'skipped', 'skipped', 'passed']);
  expect(reported.at(-1)!.conditions.tainted).toBe(reported.at(-1)!.conditions.queueDelayMs > 1_000);
});

test('who is still waiting for another’s end is told apart from who has not ended', async () => {
  const journey = { kind: 'journey', every: 10_000 } as const;
  const probes = [probe('slow', journey, 3 * MINUTE), probe('waits', journey, 3 * MINUTE)];
  schedule(probes, { lanes: NOBODY_ASIDE });
  await vi.advanceTimersByTimeAsync(MINUTE);
  const reasons = new Set(reported.map(({ skipped }) => skipped.replace(/^The run of \S+ /, '')));
  expect(reasons).toEqual(new Set(['had not ended.', 'still waited for its turn.']));
});

test('a run names what was slower than its threshold, unless the machine or its evidence made it slow', async () => {
  const thresholds = { duration: 50, steps: {} };
  schedule([
    probe('slow', { thresholds }, 100, ['target', 'passed']),
    probe('fast', { thresholds: { duration: 200, steps: {} } }),
  ]);
  await vi.advanceTimersByTimeAsync(2 * MINUTE);
  const of = (name: string) => reported.filter((run) => run.name === name).map(({ exceeded }) => exceeded);
  expect(of('slow')).toEqual([[''], [], ['']]);
  expect(of('fast')).toEqual([[], []]);
});

test('a busy machine’s run names nothing as too slow', async () => {
  const slow = probe('slow', { thresholds: { duration: 50, steps: {} } });
  schedule([{ ...slow, run: async (order) => ({ ...(await slow.run(order)), hostCpu: 0.9 }) }]);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(reported.map(({ exceeded }) => exceeded)).toEqual([[]]);
});

test('without a browser a journey is not run, each slot says how to mend it, and checks go on', async () => {
  const journey = {
    name: 'login',
    every: MINUTE,
    timeout: 1_000,
    definition: 'x',
    file: 'x',
    tags: {},
    locations: [],
    allow: [],
    secrets: {},
    thresholds: { steps: {} },
  } satisfies JourneyFile;
  const runner = {
    run: () => Promise.reject(new Error('not to be called')),
    unavailable: () => 'Install a browser.',
    close: async () => {},
  };
  schedule([journeyProbe(journey, runner), probe('home')]);
  await vi.advanceTimersByTimeAsync(2 * MINUTE);
  expect(verdicts('login')).toEqual(['skipped', 'skipped']);
  expect(reported.find(({ name }) => name === 'login')).toMatchObject({
    kind: 'journey',
    skipped: 'Install a browser.',
  });
  expect(verdicts('home')).toEqual(['passed', 'passed']);
});

test('a runner that throws is the probe’s fault, and the next slot is run', async () => {
  schedule([probe('home', { run: () => Promise.reject(new Error('broken pipe')) })]);
  await vi.advanceTimersByTimeAsync(2 * MINUTE);
  expect(reported).toHaveLength(2);
  expect(reported[0]).toMatchObject({
    verdict: 'failed',
    failure: { class: 'probe', message: 'broken pipe' },
  });
});

test('only what is meant for this location is run here', async () => {
  schedule([probe('home', { locations: ['lon'] }), probe('shop', { locations: ['lon', 'fra'] })]);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(reported.map(({ name }) => name)).toEqual(['shop']);
});

test('after stop nothing begins any more', async () => {
  schedule([probe('home')]);
  await vi.advanceTimersByTimeAsync(MINUTE);
  await scheduler.stop(0);
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  expect(reported).toHaveLength(1);
});

test('a run that our own end cuts short is not told as a failure', async () => {
  schedule([probe('home', {}, 30_000)]);
  const grid = gridOf('home', 'fra', MINUTE);
  await vi.advanceTimersByTimeAsync(slotAt(grid, Date.now()) + MINUTE - Date.now() + 10);
  const stopped = scheduler.stop(2_000);
  await vi.advanceTimersByTimeAsync(2_000);
  await stopped;
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(reported).toEqual([]);
});

test('host CPU is looked at over half a second at least', () => {
  let times = { busy: 0, total: 0 };
  let now = 0;
  const cpu = new HostCpu(
    () => now,
    () => times,
  );
  cpu.sample();
  now = 1_000;
  times = { busy: 900, total: 1_000 };
  cpu.sample();
  now = 1_100;
  times = { busy: 900, total: 1_100 };
  expect(cpu.since(1_090)).toBeCloseTo(900 / 1_100);
  now = 3_000;
  times = { busy: 900, total: 3_000 };
  expect(cpu.since(2_000)).toBe(0);
  expect(
    new HostCpu(
      () => 0,
      () => times,
    ).since(0),
  ).toBe(0);
});
