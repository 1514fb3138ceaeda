/** What is known of arrivals: by the process that takes them in, and by a server that reads what such processes tell. */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type ArrivalReport, type Arrivals, mergeReports } from '../model/arrivals.ts';
import type { Signal } from '../model/otlp.ts';
import { type CollectorReport, readReports, writeReport } from '../store/collectors.ts';
import type { Engine } from '../store/engine.ts';
import type { Ingest } from './ingest.ts';
import { storedItems } from './telemetry/sources.ts';

/** How often a collector tells while something happens, and a server listens. */
const EVERY_MS = 2_000;
/** At rest it tells every fifth time. */
const AT_REST = 5;
/** One without a word for so long does not count any more. */
const SILENT_AFTER_MS = 30_000;
/** The latest; all of them could be a megabyte every two seconds. */
const MOST_SENDERS = 100;

/** Of the process that the collector runs in. */
export function ownArrivals({ journal, senders, series }: Ingest, now: () => number): Arrivals {
  return {
    status: () => ({
      ingest: senders.summary(),
      journal: {
        bytes: journal.bytes,
        lagMs: journal.waitingSince === null ? 0 : now() - journal.waitingSince,
        setAside: journal.setAsideCount,
      },
      offenders: series.offenders(),
    }),
    senders: () => senders.list(),
    waitingSince: () => journal.waitingSince,
  };
}

/** Tells in the store what this collector knows. @param collector its name, one for each process */
export function startReporting(
  { engine, collector, clock, log }: { engine: Engine; collector: string; clock: Clock; log: Log },
  ingest: Ingest,
): { stop(): Promise<void> } {
  const arrivals = ownArrivals(ingest, clock.now);
  let last = '';
  let turns = 0;
  const tell = async () => {
    const { senders, forgotten } = arrivals.senders();
    const report: ArrivalReport = {
      status: arrivals.status(),
      senders: {
        senders: senders.slice(0, MOST_SENDERS),
        forgotten: forgotten + Math.max(0, senders.length - MOST_SENDERS),
      },
      waitingSince: arrivals.waitingSince(),
      storedItems: storedItems(ingest.drains),
    };
    const news = JSON.stringify([report.storedItems, report.status.ingest]);
    if (news === last && turns++ % AT_REST !== 0) return;
    last = news;
    await writeReport(engine, { collector, at: clock.now(), report });
  };
  return repeatedly(tell, 'What arrives here could not be told to the server', log);
}

/** What all collectors tell; `stored` is called when one of them has stored something. */
export function watchCollectors(
  { engine, clock, log }: { engine: Engine; clock: Clock; log: Log },
  stored: (signal: Signal) => void,
): Arrivals & { stop(): Promise<void> } {
  let known = new Map<string, CollectorReport>();
  let merged = mergeReports([]);
  const listen = async () => {
    const reports = await readReports(engine, clock.now() - SILENT_AFTER_MS);
    for (const { collector, report } of reports) {
      const before = known.get(collector)?.report.storedItems;
      for (const signal of Object.keys(report.storedItems) as Signal[])
        if (report.storedItems[signal] !== (before?.[signal] ?? 0)) stored(signal);
    }
    const heard = new Map(reports.map((report) => [report.collector, report]));
    for (const collector of known.keys())
      if (!heard.has(collector)) log.warn('A collector says nothing any more.', { collector });
    known = heard;
    merged = mergeReports(reports.map(({ report }) => report));
  };
  const { stop } = repeatedly(listen, 'What collectors tell could not be read', log);
  return {
    status: () => merged.status,
    senders: () => merged.senders,
    waitingSince: () => merged.waitingSince,
    stop,
  };
}

/** One turn after the other; a failure is said once until a turn succeeds. */
function repeatedly(turn: () => Promise<void>, failed: string, log: Log): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  let hasFailed = false;
  const timer = setInterval(() => {
    running ??= turn()
      .then(() => {
        hasFailed = false;
      })
      .catch((thrown) => {
        if (!hasFailed)
          log.warn(`${failed}; it is tried again.`, { reason: messageOf(thrown).slice(0, 300) });
        hasFailed = true;
      })
      .finally(() => {
        running = undefined;
      });
  }, EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
