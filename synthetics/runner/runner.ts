import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { FoundBrowser } from '../browser.ts';
import type { Environment } from '../journey/environment.ts';
import { resolveSecrets } from '../journey/secrets.ts';
import { keep } from './evidence.ts';
import { measureHostCpu } from './host-cpu.ts';
import type { RunResult } from './messages.ts';
import type { Progress } from './pair.ts';
import type { JourneyFile, JourneyOutcome, JourneyRunner, KeptArtifact, RunOrder } from './port.ts';
import { Seats } from './seats.ts';
import { keepWarm, RECYCLE, type Warm } from './warm.ts';

/** Past its timeout a run has this long to close its context and say so; then runner and browser are killed. */
const GRACE_MS = 4_000;
/** Writing a Playwright trace and a HAR of a large page takes longer. */
const GRACE_WITH_EVIDENCE_MS = 9_000;

export const NO_BROWSER =
  'journeys are not run: no Chromium was found; "npx playwright install chromium" installs one, or set --browser-path';

export interface RunnerOptions {
  /** Null: journeys do not run here. */
  browser: FoundBrowser | null;
  /** For profiles, screenshots and traces; emptied at the start, removed at the end. One runner a folder. */
  folder: string;
  /** Secrets are looked up here; journeys see only what `cleanEnvironment` leaves. */
  environment: Environment;
  log: Log;
  clock?: Clock;
  /** Shows the browser; needs a display. */
  headed?: boolean;
  /** When a pair of runner and browser is replaced by a fresh one, between runs. */
  recycle?: Partial<typeof RECYCLE>;
  /** What journeys print; by default nobody reads it. */
  said?: (text: string) => void;
}

/** A runner whose browser starts with the first run, or with `warm` ahead of it. */
export interface WarmRunner extends JourneyRunner {
  /** @throws Problem `browser_failed` */
  warm(): Promise<void>;
}

/**
 * Journeys in a runner process beside a warm browser. How many run at once is for whoever orders them (two slow each
 * other by a third); each has a pair of its own.
 */
export function createJourneyRunner(options: RunnerOptions): WarmRunner {
  const { browser, folder, environment, log, clock = systemClock } = options;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const openWarm = ({ path }: FoundBrowser, serial: number): Warm =>
    keepWarm({
      order: {
        type: 'start',
        executablePath: path,
        headless: options.headed !== true,
        // Chromium refuses its sandbox to root.
        sandbox: process.getuid?.() !== 0,
      },
      environment,
      folder: join(folder, `browser-${serial}`),
      said: options.said ?? (() => {}),
      recycle: { ...RECYCLE, ...options.recycle },
      clock,
      log,
    });
  const seats = browser && new Seats((serial) => openWarm(browser, serial));

  const run = async (journey: JourneyFile, order: RunOrder): Promise<JourneyOutcome> => {
    const hostCpu = measureHostCpu();
    const began = clock.now();
    const progress: Progress = { startedAt: 0, step: '', steps: [] };
    try {
      if (seats === null) throw new Error(NO_BROWSER);
      const secrets = resolveSecrets(journey.secrets, environment);
      const result = await seats.borrow((warm) => runOn(warm, { journey, order, secrets, progress, folder }));
      return { ...result, verdict: result.failure === null ? 'passed' : 'failed', hostCpu: hostCpu() };
    } catch (thrown) {
      const startedAt = progress.startedAt || began;
      return {
        startedAt,
        durationMs: clock.now() - startedAt,
        verdict: 'failed',
        failure: { class: 'probe', step: progress.step, message: messageOf(thrown) },
        steps: progress.steps,
        artifacts: await screenshotsOf(order.traceId, folder),
        hostCpu: hostCpu(),
      };
    }
  };

  return {
    run,
    warm: async () => seats?.warm(),
    unavailable: () => (browser === null ? NO_BROWSER : null),
    close: async () => {
      await seats?.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => {});
    },
  };
}

interface Run {
  journey: JourneyFile;
  order: RunOrder;
  secrets: Record<string, string>;
  progress: Progress;
  folder: string;
}

/** @throws Error when the pair ended or had to be killed, which is the probe's fault */
async function runOn(warm: Warm, { journey, order, secrets, progress, folder }: Run): Promise<RunResult> {
  const { traceId, timeoutMs, keepsEvidence, allow } = order;
  const pair = await warm.borrow(journey);
  let isKilled = false;
  const timer = setTimeout(
    () => {
      isKilled = true;
      pair.kill();
    },
    timeoutMs + (keepsEvidence ? GRACE_WITH_EVIDENCE_MS : GRACE_MS),
  );
  try {
    const { result, fit, memoryMib } = await pair.run(
      {
        type: 'run',
        file: journey.file,
        traceId,
        timeoutMs,
        keepsEvidence,
        allow,
        secrets,
        files: join(folder, `run-${traceId}-`),
      },
      progress,
    );
    warm.giveBack(pair, fit, memoryMib);
    return result;
  } catch (thrown) {
    warm.discard(pair);
    throw isKilled ? new Error(blocked(timeoutMs)) : thrown;
  } finally {
    clearTimeout(timer);
  }
}

/** Those of the steps that ended before the run was killed. */
async function screenshotsOf(traceId: string, folder: string): Promise<KeptArtifact[]> {
  const names = readdirSync(folder).filter((name) => name.startsWith(`run-${traceId}-step`));
  const kept = await Promise.all(names.sort().map((name) => keep('screenshot', join(folder, name))));
  return kept.filter((one) => one !== null);
}

const blocked = (timeoutMs: number): string =>
  `the journey did not give back control within ${timeoutMs / 1_000} s (a loop without await?); its runner and browser were killed`;
