import type { Drain } from '../../collector/drain.ts';
import type { Journal } from '../../collector/journal/journal.ts';
import type { Door } from '../../collector/receive/door.ts';
import { type BySignal, bySignal } from '../../model/otlp.ts';
import { readEngineCounters } from '../../store/queries/engine.ts';
import type { Store } from '../store.ts';
import type { ArrivalSources, EngineSources } from './stages.ts';

export interface Stages {
  door: Door;
  journal: Journal;
  /** One for each signal. */
  drains: readonly Drain[];
  now: () => number;
}

/** The plain counters of the rooms that the data passes, put together for the metrics. */
export function arrivalSources({ door, journal, drains, now }: Stages): ArrivalSources {
  return {
    received: () => door.senders.counts(),
    inFlight: () => ({ bytes: door.budget.bytes, requests: door.budget.requests }),
    journal: () => ({
      bytes: journal.bytes,
      lagMs: journal.waitingSince === null ? 0 : now() - journal.waitingSince,
      setAside: journal.setAsideCount,
      segments: bySignal((signal) => journal.segments(signal)),
    }),
    storedItems: () => storedItems(drains),
  };
}

/** What the engine counts, while it answers. */
export function engineSources({ engine, state }: Pick<Store, 'engine' | 'state'>): EngineSources {
  return { isStoreUp: () => state().state === 'ok', engine: () => readEngineCounters(engine) };
}

/** Items that were stored since the start. */
export const storedItems = (drains: readonly Drain[]): BySignal<number> =>
  bySignal((signal) => drains.find((drain) => drain.signal === signal)?.storedItems ?? 0);
