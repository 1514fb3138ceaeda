import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { sleep } from '../../base/clock.ts';
import { createLog } from '../../base/log.ts';
import { findBrowser } from '../../synthetics/browser.ts';
import { loadJourneys } from '../../synthetics/journey/load.ts';
import type { JourneyFile, JourneyOutcome } from '../../synthetics/runner/port.ts';
import { createJourneyRunner } from '../../synthetics/runner/runner.ts';
import { type Command, NotRun } from '../harness/command.ts';
import { pssMbOf } from '../harness/memory.ts';
import { percentile, rounded } from '../harness/percentile.ts';
import { processTree } from '../harness/processes.ts';
import { progress, type Report } from '../harness/report.ts';
import { type Scratch, withScratch } from '../harness/scratch.ts';
import { startSite } from './site.ts';

const FOLDER = fileURLToPath(new URL('./journeys', import.meta.url));
/** Sixty a minute, which is the goal's load. */
const GRID_MS = 1_000;

interface Extent {
  idle: number;
  grid: number;
  fullMs: number;
  delays: number;
}

const WHOLE: Extent = { idle: 12, grid: 30, fullMs: 20_000, delays: 5 };
const QUICK: Extent = { idle: 3, grid: 4, fullMs: 3_000, delays: 1 };

/** Journeys against a site of its own: how many, how true, how punctual, how heavy. */
export const synthetics: Command = {
  summary: 'journeys a minute, what load does to their times, error against known delays',
  options: { quick: { type: 'boolean' } },
  help: ['--quick   a few runs of each, for CI'],
  run: ({ quick }) => withScratch((scratch) => bench(quick === true ? QUICK : WHOLE, scratch)),
};

type Run = (name: string) => Promise<JourneyOutcome>;

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
  const failed: string[] = [];
  const run: Run = async (name) => {
    const outcome = await runner.run(...ordered(journeys.find((one) => one.name === name)!));
    if (outcome.failure !== null) failed.push(`${name} failed: ${outcome.failure.message}`);
    return outcome;
  };
  // The first runs fill caches: the browser's, the disk's, V8's.
  for (let n = 0; n < 3; n++) await run('shop');
  const idle = await idleRuns(run, extent.idle);
  progress(`idle p50 ${Math.round(percentile(idle, 0.5))} ms`);
  const grid = await gridRuns(run, extent.grid);
  progress(`grid: drift p95 ${Math.round(percentile(grid.drifts, 0.95))} ms, ${grid.skipped} skipped`);
  const full = await fullRuns(run, extent.fullMs);
  const pss = childrenPssMib();
  const errors = await delayErrors(run, extent.delays);
  await runner.close();
  return reportOf({ idle, grid, full, pss, errors, failed });
}

function ordered(journey: JourneyFile): Parameters<ReturnType<typeof createJourneyRunner>['run']> {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  const { timeout: timeoutMs, allow } = journey;
  return [journey, { traceId, spanId, timeoutMs, keepsEvidence: false, allow }];
}

/** With a pause of two seconds between them. @returns milliseconds each */
async function idleRuns(run: Run, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    await sleep(2_000);
    times.push((await run('shop')).durationMs);
  }
  return times;
}

/** One a second on an absolute grid; a slot that comes while the run before it still goes on is skipped. */
async function gridRuns(run: Run, count: number): Promise<{ drifts: number[]; skipped: number }> {
  const drifts: number[] = [];
  let skipped = 0;
  const first = Math.ceil(Date.now() / GRID_MS + 1) * GRID_MS;
  for (let n = 0; n < count; n++) {
    const slot = first + n * GRID_MS;
    if (Date.now() > slot + GRID_MS / 2) {
      skipped++;
      continue;
    }
    await sleep(Math.max(0, slot - Date.now()));
    drifts.push((await run('shop')).startedAt - slot);
  }
  return { drifts, skipped };
}

interface Full {
  /** Milliseconds each. */
  times: number[];
  perMinute: number;
  /** Of the host, 0..1. */
  hostCpu: number;
  /** Of runner and browser: what a busy machine does not change. */
  cpuSecondsPerRun: number;
}

/** One after the other without a pause. */
async function fullRuns(run: Run, forMs: number): Promise<Full> {
  const times: number[] = [];
  let hostCpu = 0;
  const [began, cpuBefore] = [Date.now(), childrenCpuSeconds()];
  while (Date.now() - began < forMs) {
    const outcome = await run('shop');
    times.push(outcome.durationMs);
    hostCpu += outcome.hostCpu;
  }
  return {
    times,
    perMinute: (times.length / (Date.now() - began)) * 60_000,
    hostCpu: hostCpu / times.length,
    cpuSecondsPerRun: (childrenCpuSeconds() - cpuBefore) / times.length,
  };
}

/** How far each step is off, as a share of the delay that the site is known to have. */
async function delayErrors(run: Run, count: number): Promise<number[]> {
  const errors: number[] = [];
  for (let n = 0; n < count; n++)
    for (const { name, durationMs } of (await run('delays')).steps)
      errors.push(Math.abs(durationMs - Number(name)) / Number(name));
  return errors;
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
  idle: number[];
  grid: { drifts: number[]; skipped: number };
  full: Full;
  pss: number;
  errors: number[];
  failed: string[];
}

function reportOf({ idle, grid, full, pss, errors, failed }: Measured): Report {
  const [idleP50, fullP50] = [percentile(idle, 0.5), percentile(full.times, 0.5)];
  const slowdown = (fullP50 / idleP50 - 1) * 100;
  const drift = percentile(grid.drifts, 0.95);
  const error = percentile(errors, 0.5) * 100;
  return {
    title: 'Journeys of three steps and two page loads, one at a time',
    rows: [
      [
        'without a pause',
        `${Math.round(full.perMinute)} a minute, ${full.cpuSecondsPerRun.toFixed(2)} CPU-s each, host CPU ${Math.round(full.hostCpu * 100)} %`,
      ],
      ['p50 with pauses', `${Math.round(idleP50)} ms (${idle.length} runs)`],
      [
        'p50 without',
        `${Math.round(fullP50)} ms (${full.times.length} runs), ${slowdown.toFixed(1)} % slower`,
      ],
      [
        'start on a grid of 1 s',
        `p50 ${Math.round(percentile(grid.drifts, 0.5))} ms, p95 ${Math.round(drift)} ms late, ${grid.skipped} skipped`,
      ],
      ['steps of 600 to 1,000 ms', `p50 ${error.toFixed(1)} % off`],
      ['runner and browser', `${Math.round(pss)} MiB`],
    ],
    result: {
      runs_per_min: rounded(full.perMinute),
      journey_p50_idle_ms: rounded(idleP50),
      journey_p50_full_ms: rounded(fullP50),
      slowdown_pct: rounded(slowdown, 1),
      start_drift_p95_ms: rounded(drift),
      step_error_pct: rounded(error, 1),
      skipped: grid.skipped,
      pss_mib: rounded(pss),
      cpu_s_per_run: rounded(full.cpuSecondsPerRun, 2),
      host_cpu: rounded(full.hostCpu, 2),
    },
    broken: failed,
  };
}
