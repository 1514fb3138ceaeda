import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer } from '@hono/node-server';
import { createApi } from '../api/app.ts';
import { systemClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { SeriesGuard } from '../collector/receive/series-guard.ts';
import { findBrowser } from '../synthetics/browser.ts';
import type { Environment } from '../synthetics/journey/environment.ts';
import { openArtifacts } from './artifacts.ts';
import { takeDataFolder } from './data-folder.ts';
import { createDesk } from './desk.ts';
import { openIngest, openReceivers, startDrains } from './ingest.ts';
import { startJobs } from './jobs.ts';
import { listenUrl, ownUrlOf, stopListening } from './listen.ts';
import { openRules, type RulesPart } from './rules.ts';
import type { Config } from './settings.ts';
import { startSlosJob } from './slos.ts';
import { statusOf } from './status.ts';
import { openStore, type Store } from './store.ts';
import { type SyntheticsSummary, startSynthetics } from './synthetics.ts';
import { Teardown } from './teardown.ts';
import { stageSources } from './telemetry/sources.ts';
import { createTelemetry } from './telemetry/telemetry.ts';

export const VERSION: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version;

/** A store that takes longer is reported as starting; ingest does not wait for it. */
const WAIT_FOR_STORE_MS = 10_000;

export interface RunningApp {
  dashboardUrl: string;
  otlpUrl: string;
  otlpGrpcUrl: string;
  storeState: () => ReturnType<Store['state']>;
  ruleSet: RulesPart['set'];
  synthetics: () => SyntheticsSummary;
  stop(): Promise<void>;
}

export interface AppHooks {
  /** The process's variables: where receivers, journeys and checks find their secrets. */
  environment: Environment;
  /** Called once for each service since the start, when its first spans are on the disk. */
  firstSpansFrom: (service: string, link: string) => void;
}

/** Wires the product together, every role in this process. @throws Problem when it cannot start; nothing is left running */
export async function startApp(config: Config, log: Log, hooks: AppHooks): Promise<RunningApp> {
  const teardown = new Teardown();
  try {
    return await wire(config, log, hooks, teardown);
  } catch (thrown) {
    await teardown.run(log);
    throw thrown;
  }
}

async function wire(config: Config, log: Log, hooks: AppHooks, teardown: Teardown): Promise<RunningApp> {
  const clock = systemClock;
  // It takes a process and half a second, beside everything else.
  const browser = findBrowser(config['browser-path'], hooks.environment.PATH ?? '');
  const telemetry = createTelemetry(config['self-telemetry'] === 'on', log);
  const folder = takeDataFolder(config['data-dir']);
  teardown.add('data folder', folder.release);
  const store = await openStore(config, folder.engine, log);
  teardown.add('store', store.close);

  const artifacts = openArtifacts(config, folder.artifacts, clock.now, log);
  teardown.add('artefacts', artifacts.stop);
  const series = new SeriesGuard(clock.now);
  const jobs = startJobs({ config, store, series, telemetry, clock, log }, teardown);
  let dashboardUrl = '';
  const firstSpansFrom = (service: string) =>
    hooks.firstSpansFrom(service, `${dashboardUrl}/services/${encodeURIComponent(service)}`);
  const ingest = await openIngest(
    { config, folder: folder.journal, store, series, telemetry, firstSpansFrom, clock, log },
    (signal) => {
      jobs.stored(signal);
      if (signal === 'traces') promises.stored();
      api.live.changed();
    },
  );
  const rules = startRules(
    {
      ...{ config, clock, log, env: hooks.environment },
      ...{ folder: folder.path, engine: store.engine },
      waitingSince: () => ingest.journal.waitingSince,
      dashboardUrl: () => dashboardUrl,
    },
    store,
    teardown,
  );
  const promises = startSlosJob(store.engine, () => rules.set().slos, log, telemetry);
  teardown.add('SLOs job', promises.stop);

  const startedAt = clock.now();
  let otlpUrl = '';
  const { budget } = jobs;
  const api = createApi({
    engine: store.engine,
    status: async () =>
      statusOf({ version: VERSION, startedAt, otlpUrl, now: clock.now(), ingest, store, budget, rules }),
    senders: () => ingest.senders.list(),
    desk: createDesk(rules),
    artifacts: artifacts.store,
    clock,
    log,
    pages: fileURLToPath(new URL('../dashboard/dist', import.meta.url)),
    observe: telemetry.request,
  });
  dashboardUrl = await openDashboard(config, api, teardown);
  startDrains(ingest, store, teardown);
  const receivers = await openReceivers(config, ingest, artifacts.store, teardown);
  otlpUrl = receivers.otlpUrl;

  const endpoint = ownUrlOf(config['otlp-http-host'], otlpUrl);
  // Journeys and checks in this very process; what they see comes in by the front door like everybody's.
  const starting = startSynthetics({
    ...{ config, endpoint, browser, environment: hooks.environment, clock, log },
    ...{ scratch: folder.scratch, version: VERSION, isDedicated: false },
  });
  teardown.add('journeys and checks', async () => (await starting).stop());
  await untilReady(store);
  telemetry.start({
    version: VERSION,
    endpoint,
    token: config['ingest-token'],
    dataFolder: config['data-dir'],
    sources: stageSources({ ...ingest, store, now: clock.now }),
  });
  teardown.add('own telemetry', telemetry.stop);
  return {
    dashboardUrl,
    ...receivers,
    storeState: store.state,
    ruleSet: rules.set,
    synthetics: (await starting).summary,
    stop: () => teardown.run(log),
  };
}

/** Rules are evaluated as soon as there is something to read. */
function startRules(options: Parameters<typeof openRules>[0], store: Store, teardown: Teardown): RulesPart {
  const rules = openRules(options);
  teardown.add('rules', rules.stop);
  store.ready.then(rules.start).catch(() => {});
  return rules;
}

async function openDashboard(config: Config, api: ReturnType<typeof createApi>, teardown: Teardown) {
  const server = createAdaptorServer({ fetch: api.app.fetch }) as import('node:http').Server;
  const url = await listenUrl(config, server, 'http');
  teardown.add('dashboard', () => stopListening(server, 500));
  teardown.add('live streams', () => api.live.close());
  return url;
}

/** Waits for the store a while; one that is merely away is not waited for longer. @throws Problem when it must not be used */
async function untilReady(store: Store): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, WAIT_FOR_STORE_MS);
  });
  await Promise.race([store.ready, enough]);
  clearTimeout(timer);
}
