import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../base/clock.ts';
import { createLog } from '../../base/log.ts';
import type { ProbeRun } from '../../model/probe.ts';
import { findBrowser } from '../../synthetics/browser.ts';
import { loadJourneys } from '../../synthetics/journey/load.ts';
import { createJourneyRunner } from '../../synthetics/runner/runner.ts';
import { HostCpu } from '../../synthetics/schedule/host-cpu.ts';
import { journeyProbe, type Probe } from '../../synthetics/schedule/probe.ts';
import { Scheduler } from '../../synthetics/schedule/scheduler.ts';
import { type Command, NotRun } from '../harness/command.ts';
import { pssMbOf } from '../harness/memory.ts';
import { percentile, rounded } from '../harness/percentile.ts';
import { processTree } from '../harness/processes.ts';
import { progress, type Report } from '../harness/report.ts';
import { type Scratch, withScratch } from '../harness/scratch.ts';
import { startSite } from './site.ts';

const FOLDER = fileURLToPath(new URL('./journeys', import.meta.url));
/** A little more than sixty a minute, which is the goal's load. */
const FULL_EVERY_MS = 950;
/** What comes of a run beside it, a tab's process that ends, a cache that is written, is over long before the next. */
const IDLE_EVERY_MS = 3_000;

interface Extent {
  idle: number;
  full: number;
  delays: number;
}

const WHOLE: Extent = { idle: 15, full: 60, delays: 5 };
const QUICK: Extent = { idle: 3, full: 4, delays: 1 };

/** Journeys against a site of its own: how many, how true, how punctual, how heavy. */
export const synthetics: Command = {
  summary: 'journeys a minute, what load does to their times, error against known delays',
  options: { quick: { type: 'boolean' } },
  help: ['--quick   a few runs of each, for CI'],
  run: ({ quick }) => withScratch((scratch) => bench(quick === true ? QUICK : WHOLE, scratch)),
};

async function bench(extent: Extent, { folder, atEnd }: Scratch): Promise<Report> {
  const browser = await findBrowser(process.env.LOOPWATCH_BROWSER_PATH ?? '', process.env.PATH ?? '');
  if (browser === null) throw new NotRun('there is no Chromium on this machine.');
  const site = await startSite();
  atEnd(() => void site.close());
  const environment = { ...process.env, JOURNEY_SITE: site.url };
  const { journeys } = await loadJourneys(FOLDER, environment);
  const runner = createJourneyRunner({
    browser,
    folder: `${folder}/runner`,
    environment,
    log: createLog('warn'),
  });
  const scheduled = async (name: string, every: number, runs: number): Promise<ProbeRun[]> =>
    onSchedule({ ...journeyProbe(journeys.find((one) => one.name === name)!, runner), every }, runs);
  // The first runs fill caches: the browser's, the disk's, V8's.
  await scheduled('shop', IDLE_EVERY_MS, 3);
  const idle = await scheduled('shop', IDLE_EVERY_MS, extent.idle);
  progress(`idle p50 ${Math.round(percentile(times(idle), 0.5))} ms`);
  const cpuBefore = childrenCpuSeconds();
  const full = await scheduled('shop', FULL_EVERY_MS, extent.full);
  const cpuSeconds = childrenCpuSeconds() - cpuBefore;
  const pss = childrenPssMib();
  progress(`full p50 ${Math.round(percentile(times(full), 0.5))} ms`);
  const delays = await scheduled('delays', 2 * IDLE_EVERY_MS, extent.delays);
  await runner.close();
  return reportOf({ idle, full, delays, cpuSeconds, pss });
}

/** The product's own schedule, until so many slots of the probe are reported. */
function onSchedule(probe: Probe, slots: number): Promise<ProbeRun[]> {
  return new Promise((resolve) => {
    const reported: ProbeRun[] = [];
    const scheduler = new Scheduler({
      location: 'bench',
      clock: systemClock,
      hostCpu: new HostCpu(systemClock.now),
      report: (run, artifacts) => {
        for (const { path } of artifacts) rmSync(path, { force: true });
        reported.push(run);
        if (reported.length === slots) void scheduler.stop(0).then(() => resolve(reported));
      },
    });
    scheduler.replace([probe]);
  });
}

const ran = (runs: readonly ProbeRun[]) => runs.filter(({ verdict }) => verdict !== 'skipped');
const times = (runs: readonly ProbeRun[]) => ran(runs).map(({ durationMs }) => durationMs);

/** How far each step is off, as a share of the delay that the site is known to have. */
function delayErrors(runs: readonly ProbeRun[]): number[] {
  return runs.flatMap(({ steps }) =>
    steps.map(({ name, durationMs }) => Math.abs(durationMs - Number(name)) / Number(name)),
  );
}

const childrenCpuSeconds = (): number =>
  processTree(process.pid)
    .filter(({ pid }) => pid !== process.pid)
    .reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);

/** Runner, browser and all below them, without this process. */
function childrenPssMib(): number {
  return processTree(process.pid)
    .filter(({ parent }) => parent === process.pid)
    .reduce((sum, { pid }) => sum + pssMbOf(pid), 0);
}

interface Measured {
  idle: readonly ProbeRun[];
  full: readonly ProbeRun[];
  delays: readonly ProbeRun[];
  /** Of runner and browser, for the runs of `full`. */
  cpuSeconds: number;
  pss: number;
}

function reportOf({ idle, full, delays, cpuSeconds, pss }: Measured): Report {
  const [idleP50, fullP50] = [percentile(times(idle), 0.5), percentile(times(full), 0.5)];
  const slowdown = (fullP50 / idleP50 - 1) * 100;
  const done = ran(full);
  const drifts = done.map(({ startedAt, scheduledAt }) => startedAt - scheduledAt);
  const [driftP50, driftP95] = [percentile(drifts, 0.5), percentile(drifts, 0.95)];
  const error = percentile(delayErrors(delays), 0.5) * 100;
  const perMinute = (done.length / full.length) * (60_000 / FULL_EVERY_MS);
  const cpuPerRun = cpuSeconds / done.length;
  const hostCpu = done.reduce((sum, { conditions }) => sum + conditions.hostCpu, 0) / done.length;
  const skipped = [...idle, ...full, ...delays].filter(({ verdict }) => verdict === 'skipped').length;
  return {
    title: 'Journeys of three steps and two page loads, on the schedule',
    rows: [
      [
        'at full load',
        `${perMinute.toFixed(1)} a minute, ${cpuPerRun.toFixed(2)} CPU-s each, host CPU ${Math.round(hostCpu * 100)} %`,
      ],
      ['p50, one every 3 s', `${Math.round(idleP50)} ms (${idle.length} runs)`],
      [
        'p50 at full load',
        `${Math.round(fullP50)} ms (${done.length} runs), ${slowdown.toFixed(1)} % slower`,
      ],
      [
        'first line after its slot',
        `p50 ${Math.round(driftP50)} ms, p95 ${Math.round(driftP95)} ms, ${skipped} skipped`,
      ],
      ['steps of 600 to 1,000 ms', `p50 ${error.toFixed(1)} % off`],
      ['runner and browser', `${Math.round(pss)} MiB`],
    ],
    result: {
      runs_per_min: rounded(perMinute, 1),
      journey_p50_idle_ms: rounded(idleP50),
      journey_p50_full_ms: rounded(fullP50),
      slowdown_pct: rounded(slowdown, 1),
      start_drift_p95_ms: rounded(driftP95),
      step_error_pct: rounded(error, 1),
      skipped,
      pss_mib: rounded(pss),
      cpu_s_per_run: rounded(cpuPerRun, 2),
      host_cpu: rounded(hostCpu, 2),
    },
    broken: [...idle, ...full, ...delays].flatMap(({ name, failure }) =>
      failure === null ? [] : [`${name} failed: ${failure.message}`],
    ),
  };
}
