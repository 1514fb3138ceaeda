import { hostname } from 'node:os';
import { systemClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { findBrowser } from '../synthetics/browser.ts';
import type { Environment } from '../synthetics/journey/environment.ts';
import { configuredToken, openAccess } from './access.ts';
import { startReporting, watchCollectors } from './arrivals.ts';
import { openArtifacts } from './artifacts.ts';
import { openCollector } from './collector.ts';
import { type DataFolder, takeDataFolder } from './data-folder.ts';
import type { RulesPart } from './rules.ts';
import { openServer, type ServerPart } from './server.ts';
import type { Config } from './settings.ts';
import type { Shared } from './shared.ts';
import { openStore, type Store } from './store.ts';
import { type SyntheticsSummary, startSynthetics } from './synthetics.ts';
import { Teardown } from './teardown.ts';
import { arrivalSources, engineSources } from './telemetry/sources.ts';
import { createTelemetry } from './telemetry/telemetry.ts';
import { openTls } from './tls.ts';
import { VERSION } from './version.ts';

/** A store that takes longer is reported as starting; ingest does not wait for it. */
const WAIT_FOR_STORE_MS = 10_000;

export interface AppHooks {
  /** The process's variables: where receivers, journeys and checks find their secrets. */
  environment: Environment;
  /** Called once for each service since the start, when its first spans are on the disk. */
  firstSpansFrom: (service: string, link: string) => void;
}

interface Running {
  storeState: () => ReturnType<Store['state']>;
  stop(): Promise<void>;
}

export interface RunningCollector extends Running {
  otlpUrl: string;
  otlpGrpcUrl: string;
}

export interface RunningServer extends Running {
  dashboardUrl: string;
  /** With it somebody becomes the administrator, once; '' when there is one or no log-in. */
  administratorLink: string;
  ruleSet: RulesPart['set'];
}

export interface RunningApp extends RunningCollector, RunningServer {
  synthetics: () => SyntheticsSummary;
}

/** The product, every role in this process. @throws Problem when it cannot start; nothing is left running */
export function startApp(config: Config, log: Log, hooks: AppHooks): Promise<RunningApp> {
  return started(config, log, hooks, async (shared, folder, store) => {
    const { clock, telemetry, teardown, environment } = shared;
    // It takes a process and half a second, beside everything else.
    const browser = findBrowser(config['browser-path'], environment.PATH ?? '');
    const { state, access } = openAccess(shared, folder.path);
    let server: ServerPart | undefined;
    let otlpUrl = '';
    const collector = await openCollector(shared, {
      ...{ folder, store, mayDeliver: access.mayDeliver },
      stored: (signal) => server?.stored(signal),
      firstSpansFrom: (service) =>
        hooks.firstSpansFrom(service, `${server?.linkUrl}/services/${encodeURIComponent(service)}`),
    });
    const { arrivals, artifacts } = collector;
    server = await openServer(shared, {
      ...{ folder: folder.path, store, state, access, arrivals, artifacts },
      otlpUrl: () => otlpUrl,
    });
    const { endpoint, ...doors } = await collector.open();
    otlpUrl = doors.otlpUrl;
    // Journeys and checks in this very process; what they see comes in by the front door like everybody's.
    const starting = startSynthetics({
      ...{ config, endpoint, token: access.ownToken, browser, environment, clock, log },
      ...{ scratch: folder.scratch, version: VERSION, isDedicated: false },
    });
    teardown.add('journeys and checks', async () => (await starting).stop());
    await untilReady(store);
    telemetry.start({
      ...own(config, endpoint, access.ownToken),
      arrivals: arrivalSources({ ...collector.ingest, now: clock.now }),
      engine: engineSources(store),
    });
    return {
      dashboardUrl: server.dashboardUrl,
      administratorLink: access.administratorLink(server.linkUrl),
      ...doors,
      ruleSet: server.rules.set,
      synthetics: (await starting).summary,
    };
  });
}

/** Takes telemetry in, and nothing else; as many of them as one likes beside one server. @throws Problem */
export function startCollector(config: Config, log: Log, hooks: AppHooks): Promise<RunningCollector> {
  return started(config, log, hooks, async (shared, folder, store) => {
    const { clock, telemetry, teardown } = shared;
    const collector = await openCollector(shared, {
      ...{ folder, store, mayDeliver: configuredToken(config) },
      stored: () => {},
      firstSpansFrom: (service) => hooks.firstSpansFrom(service, ''),
    });
    const { endpoint, ...doors } = await collector.open();
    const name = `${hostname()}:${folder.path}`;
    const reporting = startReporting({ engine: store.engine, collector: name, clock, log }, collector.ingest);
    teardown.add('reports to the server', reporting.stop);
    await untilReady(store);
    telemetry.start({
      ...own(config, endpoint, config['ingest-token']),
      arrivals: arrivalSources({ ...collector.ingest, now: clock.now }),
    });
    return doors;
  });
}

/** Rules, API and pages over a store that collectors fill. @throws Problem */
export function startServer(config: Config, log: Log, hooks: AppHooks): Promise<RunningServer> {
  return started(config, log, hooks, async (shared, folder, store) => {
    const { clock, telemetry, teardown } = shared;
    const { state, access } = openAccess(shared, folder.path);
    const artifacts = openArtifacts(config, folder.artifacts, clock.now, log);
    teardown.add('artefacts', artifacts.stop);
    let server: ServerPart | undefined;
    const arrivals = watchCollectors({ engine: store.engine, clock, log }, (signal) =>
      server?.stored(signal),
    );
    teardown.add('reports of collectors', arrivals.stop);
    const endpoint = config['otlp-endpoint'];
    server = await openServer(shared, {
      ...{ folder: folder.path, store, state, access, arrivals, artifacts: artifacts.store },
      otlpUrl: () => endpoint,
    });
    await untilReady(store);
    telemetry.start({ ...own(config, endpoint, config['ingest-token']), engine: engineSources(store) });
    const { dashboardUrl, linkUrl, rules } = server;
    return { dashboardUrl, ruleSet: rules.set, administratorLink: access.administratorLink(linkUrl) };
  });
}

/** What every role begins and ends with: its data folder, the store, own telemetry. */
async function started<Part>(
  config: Config,
  log: Log,
  { environment }: AppHooks,
  open: (shared: Shared, folder: DataFolder, store: Store) => Promise<Part>,
): Promise<Part & Running> {
  const teardown = new Teardown();
  const telemetry = createTelemetry(config['self-telemetry'] === 'on', log);
  try {
    const folder = takeDataFolder(config['data-dir'], config['artifacts-dir']);
    teardown.add('data folder', folder.release);
    const store = await openStore(config, folder.engine, log);
    teardown.add('store', store.close);
    const tls = openTls(config, log, teardown);
    const shared = { config, clock: systemClock, log, telemetry, teardown, tls, environment };
    const part = await open(shared, folder, store);
    teardown.add('own telemetry', telemetry.stop);
    return { ...part, storeState: store.state, stop: () => teardown.run(log) };
  } catch (thrown) {
    await teardown.run(log);
    throw thrown;
  }
}

const own = (config: Config, endpoint: string, token: string) => ({
  version: VERSION,
  endpoint,
  token,
  dataFolder: config['data-dir'],
});

/** Waits for the store a while; one that is merely away is not waited for longer. @throws Problem when it must not be used */
async function untilReady(store: Store): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, WAIT_FOR_STORE_MS);
  });
  await Promise.race([store.ready, enough]);
  clearTimeout(timer);
}
