import type { Application, ApplicationsView, Past } from '../../model/application.ts';
import { mad } from '../../model/impact.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine } from '../engine.ts';
import { bucketMiddleMs } from './buckets.ts';
import { BASIS, type Basis, basisOf } from './services.ts';
import { countedRange, minuteGrid } from './window.ts';

const DAY_MS = 86_400_000;
const WEEK_S = 7 * 86_400;
/** Weeks that tell what is usual. */
const WEEKS = 4;
const MOST_SERVICES = 2_000;
/** MADs that are chance. */
const WIDTH = 3;
const WHERE = `NOT Probe AND (SpanKind IN ('Server', 'Consumer') OR Root) AND ({env:String} = '' OR Environment = {env:String})`;
/** SQL: nearest rank over buckets of the rollup, as the bucket's index. */
const P95 = 'quantileExactWeighted(0.95)(Bucket, toUInt64(ceil(Requests)))';

interface WindowRow {
  service: string;
  basis: Basis;
  /** Weeks before the range; 0 is the time just before it. */
  window: number;
  requests: number;
  p95: number;
}

interface DayRow {
  service: string;
  basis: Basis;
  slots: number[];
  p95: number[];
}

interface ReleaseRow {
  service: string;
  version: string;
  at: number;
  begin: number;
}

/** Of every service that was seen in the last day or before the range. @param env '' for all environments */
export async function readApplications(
  engine: Engine,
  range: TimeRange,
  env: string,
): Promise<ApplicationsView> {
  const day = minuteGrid({ from: range.to - DAY_MS, to: range.to });
  const [windows, days, releases] = await Promise.all([
    readWindows(engine, range, env),
    readDay(engine, day, env),
    readReleases(engine, env),
  ]);
  const windowsOf = Map.groupBy(windows, ({ service }) => service);
  const daysOf = Map.groupBy(days, ({ service }) => service);
  const releaseOf = new Map(releases.map((row) => [row.service, row]));
  const names = [...new Set([...windowsOf.keys(), ...daysOf.keys(), ...releaseOf.keys()])].sort();
  const applications = names.slice(0, MOST_SERVICES).map((service): Application => {
    const release = releaseOf.get(service);
    return {
      service,
      release: release
        ? { version: release.version, at: release.at, isFirst: release.at === release.begin }
        : null,
      past: pastOf(windowsOf.get(service) ?? []),
      day: slotsOf(daysOf.get(service) ?? [], day.slots),
    };
  });
  return { range: countedRange(range), applications };
}

function pastOf(all: readonly WindowRow[]): Past | null {
  const basis = basisOf(all);
  const own = all.filter((row) => row.basis === basis);
  const week = own.find(({ window }) => window === 1);
  const found = week ?? own.find(({ window }) => window === 0);
  if (found === undefined) return null;
  const weeks = own.filter(({ window }) => window > 0).map(({ p95 }) => bucketMiddleMs(p95));
  return {
    of: week ? 'week' : 'previous',
    requests: found.requests,
    p95: bucketMiddleMs(found.p95),
    noise: WIDTH * mad(weeks),
  };
}

function slotsOf(all: readonly DayRow[], length: number): (number | null)[] {
  const basis = basisOf(all);
  const slots = new Array<number | null>(length).fill(null);
  const row = all.find((each) => each.basis === basis);
  row?.slots.forEach((slot, i) => {
    if (slot < length) slots[slot] = bucketMiddleMs(row.p95[i]!);
  });
  return slots;
}

/** The same minutes of earlier weeks, and those just before; a range longer than a week overlaps itself and has only the latter. */
function readWindows(engine: Engine, range: TimeRange, env: string): Promise<WindowRow[]> {
  const { start, end } = minuteGrid(range);
  const weeks = end - start <= WEEK_S ? Array.from({ length: WEEKS }, (_, i) => i + 1) : [];
  const windows = [
    { window: 0, back: '({end:UInt32} - {start:UInt32})' },
    ...weeks.map((window) => ({ window, back: `${window * WEEK_S}` })),
  ];
  return engine.query<WindowRow>(
    windows
      .map(
        ({ window, back }) =>
          `SELECT ServiceName AS service, ${BASIS} AS basis, ${window} AS window, sum(Requests) AS requests, ${P95} AS p95
           FROM span_red_1m
           WHERE Minute >= {start:UInt32} - ${back} AND Minute < {end:UInt32} - ${back} AND ${WHERE} GROUP BY service, basis`,
      )
      .join(' UNION ALL '),
    { start, end, env },
  );
}

function readDay(
  engine: Engine,
  { start, end, step }: { start: number; end: number; step: number },
  env: string,
): Promise<DayRow[]> {
  return engine.query<DayRow>(
    `SELECT service, basis, groupArray(slot) AS slots, groupArray(value) AS p95 FROM (
       SELECT ServiceName AS service, ${BASIS} AS basis,
         intDiv(toUnixTimestamp(Minute) - {start:UInt32}, {step:UInt32}) AS slot, ${P95} AS value
       FROM span_red_1m WHERE Minute >= {start:UInt32} AND Minute < {end:UInt32} AND ${WHERE}
       GROUP BY service, basis, slot)
     GROUP BY service, basis`,
    { start, end, step, env },
  );
}

function readReleases(engine: Engine, env: string): Promise<ReleaseRow[]> {
  return engine.query<ReleaseRow>(
    `SELECT service, argMax(known, last) AS version, argMax(first, last) AS at, min(first) AS begin FROM (
       SELECT ServiceName AS service, ServiceVersion AS known, toUnixTimestamp64Milli(min(FirstSeen)) AS first,
         toUnixTimestamp64Milli(max(LastSeen)) AS last
       FROM service_seen
       WHERE ServiceVersion != '' AND ServiceName != 'loopwatch-synthetics' AND ({env:String} = '' OR Environment = {env:String})
       GROUP BY service, known)
     GROUP BY service ORDER BY service LIMIT ${MOST_SERVICES}`,
    { env },
  );
}
