import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { Drain } from '../collector/drain.ts';
import { openJournalFiles } from '../collector/journal/files.ts';
import { Journal } from '../collector/journal/journal.ts';
import type { ArtifactSink } from '../collector/receive/artifacts.ts';
import { Door } from '../collector/receive/door.ts';
import { createOtlpGrpc } from '../collector/receive/grpc.ts';
import { createOtlpHttp } from '../collector/receive/http.ts';
import { createIntake } from '../collector/receive/intake.ts';
import { DOOR_LIMITS, type DoorLimits } from '../collector/receive/limits.ts';
import { Senders } from '../collector/receive/senders.ts';
import type { SeriesGuard } from '../collector/receive/series-guard.ts';
import type { MayDeliver } from '../collector/receive/token.ts';
import { countItems } from '../collector/wire/count.ts';
import { engineMemoryFor } from '../collector/wire/expansion.ts';
import type { Redaction } from '../collector/wire/redaction.ts';
import type { Health } from '../model/health.ts';
import { SIGNALS, type Signal } from '../model/otlp.ts';
import { listen, listenUrl, ownUrlOf, stopListening } from './listen.ts';
import { type Config, retentionOf } from './settings.ts';
import type { Shared } from './shared.ts';
import type { Store } from './store.ts';
import type { Teardown } from './teardown.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

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

export interface IngestOptions {
  config: Config;
  /** Of the journal. */
  folder: string;
  store: Store;
  /** Undefined: anybody may send. */
  mayDeliver: MayDeliver | undefined;
  redaction: Redaction | undefined;
  series: SeriesGuard;
  telemetry: Telemetry;
  firstSpansFrom: (service: string) => void;
  clock: Clock;
  log: Log;
}

/** Where senders send, and where this process itself does. */
export interface OpenDoors {
  otlpUrl: string;
  otlpGrpcUrl: string;
  endpoint: string;
}

/** The way of the data from socket to table. */
export interface Ingest {
  journal: Journal;
  senders: Senders;
  series: SeriesGuard;
  door: Door;
  drains: readonly Drain[];
}

/** Opens the journal and everything around it; nothing moves before `startDrains` and `openReceivers`. @throws Problem */
export async function openIngest(
  {
    config,
    folder,
    store,
    mayDeliver,
    redaction,
    series,
    telemetry,
    firstSpansFrom,
    clock,
    log,
  }: IngestOptions,
  stored: (signal: Signal) => void,
): Promise<Ingest> {
  const { now } = clock;
  const journal = await openJournal(config, folder, clock, log);
  const senders = new Senders({ now, firstSpansFrom });
  const drains = SIGNALS.map(
    (signal) =>
      new Drain({
        journal,
        engine: store.engine,
        signal,
        maxAgeMs: SEGMENT_MAX_AGE_MS[signal],
        now,
        log,
        stored: () => stored(signal),
        tried: (ms, isStored) => telemetry.insertTried(signal, ms, isStored),
      }),
  );
  const door = new Door({
    intake: createIntake({ journal, now, retentionMs: retentionOf(config), series, redaction }),
    senders,
    limits: doorLimits(config),
    ownMark: telemetry.ownMark,
    log,
    ...(mayDeliver && { mayDeliver }),
  });
  return { journal, senders, series, door, drains };
}

/** Hands the journal to the store as soon as the store can take it. */
export function startDrains({ drains, journal }: Ingest, store: Store, teardown: Teardown): void {
  for (const drain of drains) {
    teardown.add('drain', () => drain.stop(STOP_WITHIN_MS));
    store.ready.then(() => drain.start()).catch(() => {});
    store.whenBack(() => drain.wake());
  }
  teardown.add('journal', () => journal.close());
}

/** Opens the doors. `endpoint` is where this process itself sends. @throws Problem when an address is taken */
export async function openReceivers(
  config: Config,
  { door }: Ingest,
  artifacts: ArtifactSink,
  health: Health,
  { tls, teardown }: Pick<Shared, 'tls' | 'teardown'>,
): Promise<OpenDoors> {
  const http = createOtlpHttp(door, config['otlp-cors-origins'], artifacts, health, tls?.options);
  const otlpUrl = await listenUrl(config, http, 'otlp-http');
  teardown.add('OTLP/HTTP receiver', () => stopListening(http, 1_000));
  const grpc = createOtlpGrpc(door, tls?.options);
  const otlpGrpcUrl = await listenUrl(config, grpc.server, 'otlp-grpc');
  teardown.add('OTLP/gRPC receiver', () => grpc.stop(1_000));
  for (const server of [http, grpc.server]) if ('setSecureContext' in server) tls?.renew(server);
  const endpoint = tls
    ? await openOwnDoor(door, artifacts, teardown)
    : ownUrlOf(config['otlp-http-host'], otlpUrl);
  return { otlpUrl, otlpGrpcUrl, endpoint };
}

/** A certificate names the public host and not loopback, so the process has a door of its own there, without TLS. */
async function openOwnDoor(door: Door, artifacts: ArtifactSink, teardown: Teardown): Promise<string> {
  const http = createOtlpHttp(door, [], artifacts);
  const port = await listen(http, '127.0.0.1', 0, 'otlp-http-port');
  teardown.add('own OTLP/HTTP receiver', () => stopListening(http, 1_000));
  return `http://127.0.0.1:${port}`;
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
