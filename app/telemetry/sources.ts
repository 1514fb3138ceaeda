import type { Drain } from '../../collector/drain.ts';
import type { Journal } from '../../collector/journal/journal.ts';
import type { Door } from '../../collector/receive/door.ts';
import type { Signal } from '../../model/otlp.ts';
import { readEngineCounters } from '../../store/queries/engine.ts';
import type { Store } from '../store.ts';
import type { StageSources } from './stages.ts';

export interface Stages {
  door: Door;
  journal: Journal;
  /** One for each signal. */
  drains: readonly Drain[];
  store: Pick<Store, 'engine' | 'state'>;
  now: () => number;
}

/** The plain counters of the rooms, put together for the metrics. */
export function stageSources({ door, journal, drains, store, now }: Stages): StageSources {
  return {
    received: () => door.senders.counts(),
    inFlight: () => ({ bytes: door.budget.bytes, requests: door.budget.requests }),
    journal: () => ({
      bytes: journal.bytes,
      lagMs: journal.waitingSince === null ? 0 : now() - journal.waitingSince,
      setAside: journal.setAsideCount,
      segments: bySignal((signal) => journal.segments(signal)),
    }),
    storedItems: () =>
      bySignal((signal) => drains.find((drain) => drain.signal === signal)?.storedItems ?? 0),
    isStoreUp: () => store.state().state === 'ok',
    engine: () => readEngineCounters(store.engine),
  };
}

const bySignal = (count: (signal: Signal) => number): Record<Signal, number> => ({
  traces: count('traces'),
  metrics: count('metrics'),
  logs: count('logs'),
});
