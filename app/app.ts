import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer } from '@hono/node-server';
import { createApi } from '../api/app.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { Drain, type DrainOptions } from '../collector/drain.ts';
import { openJournalFiles } from '../collector/journal/files.ts';
import { Journal } from '../collector/journal/journal.ts';
import type { ArtifactSink } from '../collector/receive/artifacts.ts';
import { Door } from '../collector/receive/door.ts';
import { createOtlpGrpc } from '../collector/receive/grpc.ts';
import { createOtlpHttp } from '../collector/receive/http.ts';
import { createIntake } from '../collector/receive/intake.ts';
import { DOOR_LIMITS, type DoorLimits } from '../collector/receive/limits.ts';
import { Senders } from '../collector/receive/senders.ts';
import { countItems } from '../collector/wire/count.ts';
import { engineMemoryFor } from '../collector/wire/expansion.ts';
import type { Signal } from '../model/otlp.ts';
import type { Status } from '../model/status.ts';
import { findBrowser } from '../synthetics/browser.ts';
import type { Environment } from '../synthetics/journey/environment.ts';
import { openArtifacts } from './artifacts.ts';
import { startBudgetJob } from './budget.ts';
import { takeDataFolder } from './data-folder.ts';
import { startEdgesJob } from './edges.ts';
import { listen, ownUrlOf, stopListening, urlOf } from './listen.ts';
import { type Config, retentionOf } from './settings.ts';
import { openStore, type Store } from './store.ts';
import { type SyntheticsSummary, startSynthetics } from './synthetics.ts';
import { Teardown } from './teardown.ts';

export const VERSION: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version;

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

/**
 * Segments as large as the engine can take: an insert costs 20–30 ms however small it is, and merging many small parts
 * costs more than writing them (69,000 spans per CPU-second with segments of 7 MiB, 180,000 with 115 MiB). Three eighths
 * of the engine's memory is about 65 MB of ordinary spans; the rest is for merges and queries.
 */
const SEGMENT_SHARE_OF_MEMORY = 0.375;
/**
 * What freshness costs: one insert in this time while little arrives. A small insert of points is the dearest, because
 * it writes a part in each of ten tables, and points are seconds old when they are sent.
 */
const SEGMENT_MAX_AGE_MS: Readonly<Record<Signal, number>> = { traces: 500, metrics: 2_000, logs: 500 };
const STOP_WITHIN_MS = 3_000;
/** A store that takes longer is reported as starting; ingest does not wait for it. */
const WAIT_FOR_STORE_MS = 10_000;

export interface RunningApp {
  dashboardUrl: string;
  otlpUrl: string;
  otlpGrpcUrl: string;
  storeState: () => ReturnType<Store['state']>;
  synthetics: () => SyntheticsSummary;
  stop(): Promise<void>;
}

export interface AppHooks {
  /** The process's variables: where journeys and checks find their secrets. */
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
  const folder = takeDataFolder(config['data-dir']);
  teardown.add('data folder', folder.release);

  const store = await openStore(config, folder.engine, log);
  teardown.add('store', store.close);

  const journal = await openJournal(config, folder.journal, clock, log);

  let dashboardUrl = '';
  const senders = new Senders({
    now: clock.now,
    firstSpansFrom: (service) =>
      hooks.firstSpansFrom(service, `${dashboardUrl}/services/${encodeURIComponent(service)}`),
  });
  const budget = startBudgetJob(store.engine, config['disk-budget'], log, clock.now);
  teardown.add('disk budget', budget.stop);
  const startedAt = clock.now();
  let otlpUrl = '';
  const status = async () =>
    statusOf({ startedAt, otlpUrl, now: clock.now(), senders, journal, store, budget });

  const artifacts = openArtifacts(config, folder.artifacts, clock.now, log);
  teardown.add('artefacts', artifacts.stop);
  const api = createApi({
    engine: store.engine,
    status,
    senders: () => senders.list(),
    clock,
    log,
    artifacts: artifacts.store,
    pages: fileURLToPath(new URL('../dashboard/dist', import.meta.url)),
  });
  dashboardUrl = await openDashboard(config, api, teardown);

  const edges = startEdgesJob(store.engine, log);
  teardown.add('edges job', edges.stop);
  for (const signal of SIGNALS) {
    const stored = () => {
      if (signal === 'traces') edges.stored();
      api.live.changed();
    };
    const drain = createDrain(signal, { journal, engine: store.engine, now: clock.now, log, stored });
    teardown.add(`${signal} drain`, () => drain.stop(STOP_WITHIN_MS));
    store.ready.then(() => drain.start()).catch(() => {});
  }
  teardown.add('journal', () => journal.close());

  const door = new Door({
    intake: createIntake({ journal, now: clock.now, retentionMs: retentionOf(config) }),
    senders,
    limits: doorLimits(config),
    log,
    ...(config['ingest-token'] === '' ? {} : { token: config['ingest-token'] }),
  });
  const receivers = await openReceivers(config, door, artifacts.store, teardown);
  otlpUrl = receivers.otlpUrl;

  const endpoint = ownUrlOf(config['otlp-http-host'], otlpUrl);
  // Journeys and checks in this very process; what they see comes in by the front door like everybody's.
  const starting = startSynthetics({
    ...{ config, endpoint, browser, environment: hooks.environment, clock, log },
    ...{ scratch: folder.scratch, version: VERSION, isDedicated: false },
  });
  teardown.add('journeys and checks', async () => (await starting).stop());
  await untilReady(store);
  const synthetics = await starting;
  return {
    dashboardUrl,
    ...receivers,
    storeState: store.state,
    synthetics: synthetics.summary,
    stop: () => teardown.run(log),
  };
}

async function openDashboard(config: Config, api: ReturnType<typeof createApi>, teardown: Teardown) {
  const server = createAdaptorServer({ fetch: api.app.fetch }) as import('node:http').Server;
  const url = await listenUrl(config, server, 'http');
  teardown.add('dashboard', () => stopListening(server, 500));
  teardown.add('live streams', () => api.live.close());
  return url;
}

function createDrain(signal: Signal, options: Omit<DrainOptions, 'signal' | 'maxAgeMs'>): Drain {
  return new Drain({ ...options, signal, maxAgeMs: SEGMENT_MAX_AGE_MS[signal] });
}

async function openReceivers(config: Config, door: Door, artifacts: ArtifactSink, teardown: Teardown) {
  const otlpHttp = createOtlpHttp(door, config['otlp-cors-origins'], artifacts);
  const otlpUrl = await listenUrl(config, otlpHttp, 'otlp-http');
  teardown.add('OTLP/HTTP receiver', () => stopListening(otlpHttp, 1_000));
  const otlpGrpc = createOtlpGrpc(door);
  const otlpGrpcUrl = await listenUrl(config, otlpGrpc.server, 'otlp-grpc');
  teardown.add('OTLP/gRPC receiver', () => otlpGrpc.stop(1_000));
  return { otlpUrl, otlpGrpcUrl };
}

/** A body of the largest size must fit twice: packed and unpacked, or in pieces and joined. */
function doorLimits(config: Config): DoorLimits {
  const maxBytes = config['max-body'];
  return {
    ...DOOR_LIMITS,
    maxBytes,
    maxBytesInFlight: Math.max(DOOR_LIMITS.maxBytesInFlight, 2 * maxBytes),
  };
}

async function listenUrl(
  config: Config,
  server: Server,
  name: 'http' | 'otlp-http' | 'otlp-grpc',
): Promise<string> {
  const host = config[`${name}-host`];
  return urlOf(host, await listen(server, host, config[`${name}-port`], `${name}-port`));
}

async function openJournal(config: Config, folder: string, clock: Clock, log: Log): Promise<Journal> {
  return Journal.open({
    files: await openJournalFiles(folder),
    signals: SIGNALS,
    segmentMemory: config['engine-memory'] * SEGMENT_SHARE_OF_MEMORY,
    engineMemoryFor,
    budgetBytes: config['journal-budget'],
    countItems,
    now: clock.now,
    log,
  });
}

interface StatusParts {
  startedAt: number;
  otlpUrl: string;
  now: number;
  senders: Senders;
  journal: Journal;
  store: Store;
  budget: ReturnType<typeof startBudgetJob>;
}

/** What the product says of itself at this moment. */
function statusOf({ startedAt, otlpUrl, now, senders, journal, store, budget }: StatusParts): Status {
  return {
    version: VERSION,
    startedAt,
    otlpEndpoint: otlpUrl,
    ingest: senders.summary(),
    journal: {
      bytes: journal.bytes,
      lagMs: journal.waitingSince === null ? 0 : now - journal.waitingSince,
      setAside: journal.setAsideCount,
    },
    store: { ...store.state(), engine: store.engine.name },
    disk: budget.status(),
  };
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
