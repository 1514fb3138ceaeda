import { SeriesGuard } from '../collector/receive/series-guard.ts';
import type { MayDeliver } from '../collector/receive/token.ts';
import type { Arrivals } from '../model/arrivals.ts';
import type { Signal } from '../model/otlp.ts';
import type { ArtifactStore } from '../store/artifacts.ts';
import { ownArrivals } from './arrivals.ts';
import { openArtifacts } from './artifacts.ts';
import { startCardinalityJob } from './cardinality.ts';
import type { DataFolder } from './data-folder.ts';
import { type Ingest, type OpenDoors, openIngest, openReceivers, startDrains } from './ingest.ts';
import { redactionOf } from './redaction.ts';
import type { Shared } from './shared.ts';
import type { Store } from './store.ts';

/** The part that takes telemetry in, from the sockets to the store. */
export interface CollectorPart {
  ingest: Ingest;
  arrivals: Arrivals;
  /** Files that probes send. */
  artifacts: ArtifactStore;
  /** Begins to hand over to the store and opens the doors. @throws Problem when an address is taken */
  open(): Promise<OpenDoors>;
}

export interface CollectorOptions {
  folder: DataFolder;
  store: Store;
  /** Undefined: anybody may send. */
  mayDeliver: MayDeliver | undefined;
  stored: (signal: Signal) => void;
  /** Called once for each service since the start, when its first spans are on the disk. */
  firstSpansFrom: (service: string) => void;
}

/** Opens the journal; nothing moves before `open`. @throws Problem */
export async function openCollector(
  shared: Shared,
  { folder, store, mayDeliver, stored, firstSpansFrom }: CollectorOptions,
): Promise<CollectorPart> {
  const { config, clock, log, telemetry, teardown } = shared;
  const redaction = redactionOf(config, folder.path);
  const artifacts = openArtifacts(config, folder.artifacts, clock.now, log);
  teardown.add('artefacts', artifacts.stop);
  const series = new SeriesGuard(clock.now);
  const limits = { series: config['max-series'], operations: config['max-operations'] };
  const cardinality = startCardinalityJob(store.engine, series, limits, log, clock.now, telemetry);
  teardown.add('cardinality job', cardinality.stop);
  const ingest = await openIngest(
    {
      ...{ config, folder: folder.journal, store, mayDeliver, redaction },
      ...{ series, telemetry, firstSpansFrom, clock, log },
    },
    (signal) => {
      if (signal !== 'logs') cardinality.stored();
      stored(signal);
    },
  );
  // It takes in whatever the store does, as long as there is room to keep it.
  const notReady = () =>
    ingest.journal.bytes < config['journal-budget']
      ? ''
      : 'The journal is full: senders are told to come back.';
  const health = { notReady, metrics: telemetry.metrics };
  return {
    ingest,
    arrivals: ownArrivals(ingest, clock.now),
    artifacts: artifacts.store,
    open: () => {
      startDrains(ingest, store, teardown);
      return openReceivers(config, ingest, artifacts.store, health, shared);
    },
  };
}
