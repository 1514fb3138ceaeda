import type { Meter } from '@opentelemetry/api';
import type { ReceivedCounts } from '../../collector/receive/senders.ts';
import { SIGNALS, type Signal } from '../../model/otlp.ts';
import type { EngineCounters } from '../../store/queries/engine.ts';

/** Where the figures of each stage on the way to the store are looked up when they are sent. */
export interface ArrivalSources {
  received(): Readonly<Record<'own' | 'others', ReceivedCounts>>;
  /** Bodies and requests that are being handled. */
  inFlight(): { bytes: number; requests: number };
  journal(): { bytes: number; lagMs: number; setAside: number; segments: Record<Signal, number> };
  storedItems(): Record<Signal, number>;
}

/** Where those of the store are. */
export interface EngineSources {
  isStoreUp(): boolean;
  /** May reject: then there are no figures of the engine this time. */
  engine(): Promise<EngineCounters>;
}

/** Metrics of each stage on the way of the data, `loopwatch.*`; docs/operations.md says what each means. */
export function watchArrivals(meter: Meter, sources: ArrivalSources): void {
  watchReceiver(meter, sources);
  watchJournal(meter, sources);
}

function watchReceiver(meter: Meter, { received, inFlight }: ArrivalSources): void {
  const requests = meter.createObservableCounter('loopwatch.receiver.requests', { unit: '{request}' });
  const refused = meter.createObservableCounter('loopwatch.receiver.refused_requests', { unit: '{request}' });
  const items = meter.createObservableCounter('loopwatch.receiver.items', { unit: '{item}' });
  const open = meter.createObservableUpDownCounter('loopwatch.receiver.in_flight.requests', {
    unit: '{request}',
  });
  const size = meter.createObservableUpDownCounter('loopwatch.receiver.in_flight.size', { unit: 'By' });
  meter.addBatchObservableCallback(
    (result) => {
      for (const [origin, counts] of Object.entries(received())) {
        const from = { 'loopwatch.origin': origin };
        result.observe(requests, counts.requests, from);
        result.observe(refused, counts.refusedRequests, from);
        for (const signal of SIGNALS)
          for (const outcome of ['accepted', 'refused'] as const)
            result.observe(items, counts[outcome][signal], {
              ...from,
              'loopwatch.signal': signal,
              'loopwatch.outcome': outcome,
            });
      }
      result.observe(open, inFlight().requests);
      result.observe(size, inFlight().bytes);
    },
    [requests, refused, items, open, size],
  );
}

function watchJournal(meter: Meter, { journal, storedItems }: ArrivalSources): void {
  const size = meter.createObservableUpDownCounter('loopwatch.journal.size', { unit: 'By' });
  const lag = meter.createObservableGauge('loopwatch.journal.lag', { unit: 's' });
  const setAside = meter.createObservableUpDownCounter('loopwatch.journal.set_aside', { unit: '{segment}' });
  const segments = meter.createObservableUpDownCounter('loopwatch.journal.segments', { unit: '{segment}' });
  const stored = meter.createObservableCounter('loopwatch.drain.items', { unit: '{item}' });
  meter.addBatchObservableCallback(
    (result) => {
      const now = journal();
      result.observe(size, now.bytes);
      result.observe(lag, now.lagMs / 1_000);
      result.observe(setAside, now.setAside);
      for (const signal of SIGNALS) {
        const of = { 'loopwatch.signal': signal };
        result.observe(segments, now.segments[signal], of);
        result.observe(stored, storedItems()[signal], of);
      }
    },
    [size, lag, setAside, segments, stored],
  );
}

/** Metrics of the engine, `loopwatch.store.up` and `loopwatch.engine.*`. */
export function watchEngine(meter: Meter, { engine, isStoreUp }: EngineSources): void {
  const up = meter.createObservableGauge('loopwatch.store.up', { unit: '1' });
  const level = (name: string, unit: string) =>
    meter.createObservableUpDownCounter(`loopwatch.engine.${name}`, { unit });
  const total = (name: string, unit: string) =>
    meter.createObservableCounter(`loopwatch.engine.${name}`, { unit });
  const instruments = {
    memoryBytes: level('memory.size', 'By'),
    runningMerges: level('merges.running', '{merge}'),
    runningQueries: level('queries.running', '{query}'),
    queries: total('queries', '{query}'),
    failedQueries: total('queries.failed', '{query}'),
    insertedRows: total('rows.inserted', '{row}'),
    mergedRows: total('rows.merged', '{row}'),
    parts: level('parts', '{part}'),
    diskBytes: level('disk.size', 'By'),
  } satisfies Record<keyof EngineCounters, unknown>;
  meter.addBatchObservableCallback(
    async (result) => {
      result.observe(up, isStoreUp() ? 1 : 0);
      const counters = isStoreUp() ? await engine().catch(() => undefined) : undefined;
      if (counters === undefined) return;
      for (const [name, instrument] of Object.entries(instruments))
        result.observe(instrument, counters[name as keyof EngineCounters]);
    },
    [up, ...Object.values(instruments)],
  );
}
