/** What a process that takes in telemetry tells of its senders and of what waits, to whoever shows it. */
import type { BySignal } from './otlp.ts';
import type { SenderList } from './senders.ts';
import type { Status } from './status.ts';

export type ArrivalStatus = Pick<Status, 'ingest' | 'journal' | 'offenders'>;

export interface Arrivals {
  status(): ArrivalStatus;
  senders(): SenderList;
  /** When the oldest item arrived that is not in the store yet, unix ms. */
  waitingSince(): number | null;
}

/** What one such process tells of itself at a moment. */
export interface ArrivalReport {
  status: ArrivalStatus;
  senders: SenderList;
  waitingSince: number | null;
  /** Items since it was started: more than before means that something was stored. */
  storedItems: BySignal<number>;
}

const NONE: ArrivalStatus = {
  ingest: { requests: 0, acceptedItems: 0, refusedItems: 0, lastAcceptedAt: null, lastRejection: null },
  journal: { bytes: 0, lagMs: 0, setAside: 0 },
  offenders: [],
};

/** All of them as one: sums of what is counted, the latest of what happened, the longest of what waits. */
export function mergeReports(reports: readonly ArrivalReport[]): Omit<ArrivalReport, 'storedItems'> {
  const senders = reports.flatMap(({ senders }) => senders.senders);
  return {
    status: reports.map(({ status }) => status).reduce(mergeStatus, NONE),
    senders: {
      senders: senders.toSorted((a, b) => b.lastSeenAt - a.lastSeenAt),
      forgotten: reports.reduce((sum, { senders }) => sum + senders.forgotten, 0),
    },
    waitingSince: reports.map(({ waitingSince }) => waitingSince).reduce(earlier, null),
  };
}

function mergeStatus(a: ArrivalStatus, b: ArrivalStatus): ArrivalStatus {
  const refusedLast = [a.ingest.lastRejection, b.ingest.lastRejection].filter((one) => one !== null);
  return {
    ingest: {
      requests: a.ingest.requests + b.ingest.requests,
      acceptedItems: a.ingest.acceptedItems + b.ingest.acceptedItems,
      refusedItems: a.ingest.refusedItems + b.ingest.refusedItems,
      lastAcceptedAt: later(a.ingest.lastAcceptedAt, b.ingest.lastAcceptedAt),
      lastRejection: refusedLast.toSorted((one, other) => other.at - one.at)[0] ?? null,
    },
    journal: {
      bytes: a.journal.bytes + b.journal.bytes,
      lagMs: Math.max(a.journal.lagMs, b.journal.lagMs),
      setAside: a.journal.setAside + b.journal.setAside,
    },
    // Each process finds the same ones in the same store; what is refused differs.
    offenders: [
      ...a.offenders,
      ...b.offenders.filter((one) => !a.offenders.some((known) => isSame(known, one))),
    ],
  };
}

type Offender = ArrivalStatus['offenders'][number];
const isSame = (a: Offender, b: Offender) =>
  a.kind === b.kind && a.service === b.service && a.metric === b.metric;

const earlier = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
const later = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.max(a, b));
