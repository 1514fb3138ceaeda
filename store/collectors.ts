import type { ArrivalReport } from '../model/arrivals.ts';
import type { Engine } from './engine.ts';

/** The last word of a collector. */
export interface CollectorReport {
  collector: string;
  /** Unix ms. */
  at: number;
  report: ArrivalReport;
}

/** @param collector its name, one for each process @throws Problem as the engine's */
export async function writeReport(engine: Engine, { collector, at, report }: CollectorReport): Promise<void> {
  // DateTime64(3) takes a whole number as milliseconds.
  await engine.insertRows('collector_reports', [
    { Collector: collector, At: at, Report: JSON.stringify(report) },
  ]);
}

/** The last report of each collector that was heard of after `since`, unix ms. @throws Problem as the engine's */
export async function readReports(engine: Engine, since: number): Promise<CollectorReport[]> {
  const rows = await engine.query<{ collector: string; at: string; report: string }>(
    `SELECT Collector AS collector, toUnixTimestamp64Milli(max(At)) AS at, argMax(Report, At) AS report
     FROM collector_reports
     WHERE At > fromUnixTimestamp64Milli({since:Int64})
     GROUP BY Collector ORDER BY Collector`,
    { since },
  );
  return rows.map(({ collector, at, report }) => ({ collector, at: Number(at), report: JSON.parse(report) }));
}
