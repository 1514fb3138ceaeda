import { relative, resolve } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { FoundBrowser } from '../synthetics/browser.ts';
import { Definitions } from '../synthetics/definitions.ts';
import type { Environment } from '../synthetics/journey/environment.ts';
import { loadJourney } from '../synthetics/journey/load.ts';
import { HEARTBEAT_MS, Reporter } from '../synthetics/report/reporter.ts';
import { Sender } from '../synthetics/report/sender.ts';
import { createJourneyRunner } from '../synthetics/runner/runner.ts';
import { HostCpu } from '../synthetics/schedule/host-cpu.ts';
import { checkProbe, journeyProbe } from '../synthetics/schedule/probe.ts';
import { runsAt, Scheduler } from '../synthetics/schedule/scheduler.ts';
import type { Config } from './settings.ts';

/** How soon an edited file is noticed. */
const LOOK_MS = 2_000;
const STOP_WITHIN_MS = 2_000;

export interface SyntheticsOptions {
  config: Config;
  /** Base URL of the OTLP/HTTP door that results go to. */
  endpoint: string;
  /** Shown there; '' for none. */
  token: string;
  browser: Promise<FoundBrowser | null>;
  environment: Environment;
  /** A folder of its own for profiles and screenshots; emptied at the start. */
  scratch: string;
  /** Of the product. */
  version: string;
  /** Whether heartbeats are sent also while there is nothing to run: of a place that exists for nothing else. */
  isDedicated: boolean;
  clock: Clock;
  log: Log;
}

/** What runs from here, for the banner. */
export interface SyntheticsSummary {
  /** As people type it: `./synthetics`; '' when it is switched off. */
  folder: string;
  journeys: number;
  checks: number;
  browser: FoundBrowser | null;
}

export interface RunningSynthetics {
  summary(): SyntheticsSummary;
  /** Waits two seconds for what runs and two for what is being sent. */
  stop(): Promise<void>;
}

/** Runs the journeys and checks of the folder on their schedule and sends what they saw to the front door. */
export async function startSynthetics(options: SyntheticsOptions): Promise<RunningSynthetics> {
  const { config, endpoint, token, environment, scratch, version, clock, log } = options;
  const location = config.location;
  const folder = config['synthetics-folder'];
  const browser = await options.browser;
  if (folder === '') return nothingToRun(browser);
  const sender = new Sender({ endpoint, token, log });
  const reporter = new Reporter(sender, { location, version });
  const hostCpu = new HostCpu(clock.now);
  const runner = createJourneyRunner({ browser, folder: scratch, environment, log });
  const scheduler = new Scheduler({
    ...{ location, clock, hostCpu },
    report: (run, artifacts) => reporter.run(run, artifacts),
  });
  const definitions = new Definitions({ folder, loadJourney: (path) => loadJourney(path, environment), log });
  const world = { clock, environment, allowsLinkLocal: config['probe-link-local'] === 'allow' };
  const look = async () => {
    if (!(await definitions.refresh())) return;
    const { journeys, checks } = definitions.current;
    scheduler.replace([
      ...journeys.map((journey) => journeyProbe(journey, runner)),
      ...checks.map((check) => checkProbe(check, world, hostCpu)),
    ]);
    log.info('Probes are scheduled.', { location, journeys: journeys.length, checks: checks.length });
  };
  const size = () =>
    [...definitions.current.journeys, ...definitions.current.checks].filter((one) => runsAt(one, location))
      .length;
  const beat = () => {
    if (size() > 0 || options.isDedicated) reporter.heartbeat(clock.now(), size());
  };
  await look();
  beat();
  const stopLooking = repeatedly(LOOK_MS, look, log);
  const beats = setInterval(beat, HEARTBEAT_MS);
  return {
    summary: () => ({
      folder: `./${relative('.', resolve(folder))}`,
      journeys: definitions.current.journeys.length,
      checks: definitions.current.checks.length,
      browser,
    }),
    stop: async () => {
      clearInterval(beats);
      await stopLooking();
      await scheduler.stop(STOP_WITHIN_MS);
      await runner.close();
      await sender.stop(STOP_WITHIN_MS);
    },
  };
}

const nothingToRun = (browser: FoundBrowser | null): RunningSynthetics => ({
  summary: () => ({ folder: '', journeys: 0, checks: 0, browser }),
  stop: async () => {},
});

/** Does the work again so long after it ended. @returns a function that ends it and waits for what is going on */
function repeatedly(ms: number, work: () => Promise<void>, log: Log): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout;
  let running = Promise.resolve();
  const turn = () => {
    running = work()
      .catch((thrown) =>
        log.error('The folder of journeys could not be read.', { reason: messageOf(thrown) }),
      )
      .then(() => {
        if (!stopped) timer = setTimeout(turn, ms);
      });
  };
  timer = setTimeout(turn, ms);
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
