import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer } from '@hono/node-server';
import { createApi } from '../api/app.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { Drain } from '../collector/drain.ts';
import { openJournalFiles } from '../collector/journal/files.ts';
import { Journal } from '../collector/journal/journal.ts';
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
import { startBudgetJob } from './budget.ts';
import { takeDataFolder } from './data-folder.ts';
import { startEdgesJob } from './edges.ts';
import { listen, stopListening, urlOf } from './listen.ts';
import { type Config, retentionOf } from './settings.ts';
import { openStore, type Store } from './store.ts';
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
  stop(): Promise<void>;
}

export interface AppHooks {
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

  const api = createApi({
    engine: store.engine,
    status,
    senders: () => senders.list(),
    clock,
    log,
    pages: fileURLToPath(new URL('../dashboard/dist', import.meta.url)),
  });
  const apiServer = createAdaptorServer({ fetch: api.app.fetch }) as import('node:http').Server;
  dashboardUrl = await listenUrl(config, apiServer, 'http');
  teardown.add('dashboard', () => stopListening(apiServer, 500));
  teardown.add('live streams', () => api.live.close());

  const edges = startEdgesJob(store.engine, log);
  teardown.add('edges job', edges.stop);
  for (const signal of SIGNALS) {
    const stored = () => {
      if (signal === 'traces') edges.stored();
      api.live.changed();
    };
    const drain = new Drain({
      journal,
      engine: store.engine,
      signal,
      maxAgeMs: SEGMENT_MAX_AGE_MS[signal],
      now: clock.now,
      log,
      stored,
    });
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
  const otlpHttp = createOtlpHttp(door, config['otlp-cors-origins']);
  otlpUrl = await listenUrl(config, otlpHttp, 'otlp-http');
  teardown.add('OTLP/HTTP receiver', () => stopListening(otlpHttp, 1_000));
  const otlpGrpc = createOtlpGrpc(door);
  const otlpGrpcUrl = await listenUrl(config, otlpGrpc.server, 'otlp-grpc');
  teardown.add('OTLP/gRPC receiver', () => otlpGrpc.stop(1_000));

  await untilReady(store);
  return { dashboardUrl, otlpUrl, otlpGrpcUrl, storeState: store.state, stop: () => teardown.run(log) };
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
    rules: null,
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
