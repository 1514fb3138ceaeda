/** What the product says of itself: is anything arriving, is it stored, can the page be trusted? */

import type { Offender } from './cardinality.ts';

/** The last request the front door refused, shown where people look while they set a sender up. */
export interface Rejection {
  /** Unix milliseconds. */
  at: number;
  /** HTTP status it was answered with, or 200 when only some items were refused (partial success). */
  status: number;
  /** Items refused; 0 when the body could not be read at all. */
  items: number;
  /** A sentence that says what was wrong and how to mend it. */
  reason: string;
  /** Remote address of the sender. */
  sender: string;
}

/** What the store takes of its disk, as the last turn of the budget saw it. */
export interface DiskStatus {
  usedBytes: number;
  budgetBytes: number;
  /** True when the newest day alone is more than the budget: it is kept. */
  isExceeded: boolean;
  /** The newest day that had to go since the start: `YYYY-MM-DD`; `at` in unix milliseconds. */
  lastDropped: { day: string; bytes: number; rows: number; at: number } | null;
}

/** How the rules are doing. */
export interface RulesStatus {
  /** Loaded, without those that are disabled. */
  loaded: number;
  /** Instances. */
  firing: number;
  pending: number;
  unknown: number;
  /** Rules whose signals failed at their last tick. */
  failing: number;
  /** Mistakes in files; the last good version of each is in force. */
  problems: number;
  /** Grid time of the last tick, unix ms; null before the first. */
  lastTick: number | null;
  /** Wall time of the last tick, ms. */
  tookMs: number;
  /** Ticks that were left out since the start because evaluation took longer than the interval. */
  skipped: number;
  /** Why rules cannot be evaluated at the moment, '' when they can. */
  detail: string;
}

export interface Status {
  version: string;
  /** Unix milliseconds at which the product was ready. */
  startedAt: number;
  /** Where SDKs send to, as printed at start, e.g. `http://localhost:4318`. */
  otlpEndpoint: string;
  ingest: {
    /** Requests of any kind that reached the OTLP port; the first one flips "Listening…". */
    requests: number;
    acceptedItems: number;
    refusedItems: number;
    lastAcceptedAt: number | null;
    lastRejection: Rejection | null;
  };
  journal: {
    /** Bytes acknowledged but not yet in the engine. */
    bytes: number;
    /** Age in milliseconds of the oldest of them; 0 when empty. */
    lagMs: number;
    /** Segments set aside because the engine cannot take them. */
    setAside: number;
  };
  store: {
    state: 'ok' | 'starting' | 'down';
    /** A sentence when it is not ok, else ''. */
    detail: string;
    /** `embedded` or the server's URL without credentials. */
    engine: string;
  };
  /** Null while the budget is off or has not been looked at yet. */
  disk: DiskStatus | null;
  /** Metrics and services with too many series or span names, the worst first; at most 20. */
  offenders: Offender[];
  /** Null until the store is ready. */
  rules: RulesStatus | null;
}
