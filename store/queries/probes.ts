import type { ProbeKind } from '../../model/probe.ts';
import type { Availability, LatestRun, LocationState, ProbeSummary, ProbesView } from '../../model/probes.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine } from '../engine.ts';
import { isExpected, locations } from './locations.ts';
import { type SlotRow, type SlotTable, type Stretch, slotsOf, unseen } from './slots.ts';
import { minuteGrid } from './window.ts';

/** A probe is due once a day at least: who wrote nothing for a week is not there any more. */
const WEEK_MS = 7 * 86_400_000;
/** SQL: inside of [from, to), unix milliseconds. */
const within = (from: string, to: string): string =>
  `ScheduledAt >= fromUnixTimestamp64Milli({${from}:Int64}) AND ScheduledAt < fromUnixTimestamp64Milli({${to}:Int64})`;
/** SQL: a run that tells how long users wait. Confirming runs keep evidence, which costs them a quarter more. */
const GOOD = `Verdict = 'passed' AND NOT Tainted AND Confirms = ''`;
const TREND_SLOT = `intDiv(toUnixTimestamp(ScheduledAt) - {start:UInt32}, {step:UInt32})`;

interface LatestRow extends LatestRun {
  name: string;
  kind: ProbeKind;
  tags: Record<string, string>;
  every: number;
  threshold: number | null;
  certificateExpiresAt: number | null;
}

interface WaitRow {
  name: string;
  /** Place in the trend. */
  at: number;
  wait: number | null;
}

interface CountRow {
  name: string;
  runs: number;
  tainted: number;
  wait: number | null;
}

/**
 * Every probe that ran in the range or in the week before its end, by name.
 * @param now unix milliseconds; what has not come by then may still come
 */
export async function listProbes(engine: Engine, range: TimeRange, now: number): Promise<ProbesView> {
  const grid = minuteGrid(range);
  const bounds = { ...range, start: grid.start, step: grid.step };
  const since = Math.min(range.from, range.to - WEEK_MS);
  const [latest, counts, waits, slots, before, places] = await Promise.all([
    readLatest(engine, { from: since, to: range.to }),
    readCounts(engine, range),
    readWaits(engine, bounds),
    readSlots(engine, bounds),
    readBefore(engine, range.from),
    locations(engine, now),
  ]);
  const table = slotsOf(slots, grid);
  addUnseen(table, { latest, before, slots, places, range, now });
  const countsOf = new Map(counts.map((row) => [row.name, row]));
  const names = [...new Set(latest.map(({ name }) => name))].sort();
  const probes = names.map((name) => {
    const runs = latest.filter((row) => row.name === name);
    const waitsOf = waits.filter((row) => row.name === name);
    return summaryOf(runs, countsOf.get(name), waitsOf, table, places, now);
  });
  return { range, probes, locations: places };
}

function summaryOf(
  runs: readonly LatestRow[],
  counts: CountRow | undefined,
  waits: readonly WaitRow[],
  table: SlotTable,
  places: readonly LocationState[],
  now: number,
): ProbeSummary {
  const newest = runs.reduce((a, b) => (b.scheduledAt > a.scheduledAt ? b : a));
  const { name, kind, tags, every, threshold } = newest;
  const trend = table.trendOf(name).map((slots, at) => ({
    ...slots,
    wait: waits.find((row) => row.at === at)?.wait ?? null,
  }));
  const ends = runs.flatMap(({ certificateExpiresAt }) => certificateExpiresAt ?? []);
  return {
    ...{ name, kind, tags, every, threshold },
    scheduled: runs.some((run) => isExpected(run, places, now)),
    latest: runs.map(({ location, traceId, scheduledAt, durationMs, verdict, failureClass, message }) => ({
      ...{ location, traceId, scheduledAt, durationMs, verdict, failureClass, message },
    })),
    runs: counts?.runs ?? 0,
    tainted: counts?.tainted ?? 0,
    wait: counts?.wait ?? null,
    availability: availabilityOf(table.totalOf(name)),
    certificateExpiresAt: ends.length === 0 ? null : Math.min(...ends),
    trend,
  };
}

/** What is known, and the range that the unseen slots leave open. */
export function availabilityOf({
  up,
  down,
  blind,
}: Pick<Availability, 'up' | 'down' | 'blind'>): Availability {
  const seen = up + down;
  const all = seen + blind;
  return {
    ...{ up, down, blind },
    value: seen === 0 ? null : up / seen,
    lowest: all === 0 ? null : up / all,
    highest: all === 0 ? null : (up + blind) / all,
  };
}

interface Surroundings {
  latest: readonly LatestRow[];
  before: readonly Stretch[];
  slots: readonly SlotRow[];
  places: readonly LocationState[];
  range: TimeRange;
  now: number;
}

/** Slots at the ends of the range of which nothing was written down. */
function addUnseen(table: SlotTable, { latest, before, slots, places, range, now }: Surroundings): void {
  const key = (row: { name: string; location: string }) => `${row.name}\n${row.location}`;
  const beforeOf = new Map(before.map((row) => [key(row), row]));
  const firstOf = new Map<string, number>();
  for (const row of slots) firstOf.set(key(row), Math.min(firstOf.get(key(row)) ?? Infinity, row.first));
  for (const run of latest) {
    const { name, every, scheduledAt } = run;
    const earlier = beforeOf.get(key(run));
    const first = firstOf.get(key(run));
    if (earlier !== undefined && first !== undefined)
      for (const slot of unseen(earlier.last, first, earlier.every))
        if (slot >= range.from) table.blind(name, slot);
    // A run of the newest slot may still be going on.
    if (!isExpected(run, places, now)) continue;
    for (const slot of unseen(scheduledAt, range.to - every, every, range.from)) table.blind(name, slot);
  }
}

function readLatest(engine: Engine, range: TimeRange): Promise<LatestRow[]> {
  return engine.query<LatestRow>(
    `SELECT Name AS name, Location AS location, Kind AS kind, Tags AS tags, EveryMs AS every, ThresholdMs AS threshold,
       toUnixTimestamp64Milli(CertificateExpiresAt) AS certificateExpiresAt, TraceId AS traceId,
       toUnixTimestamp64Milli(ScheduledAt) AS scheduledAt, DurationMs AS durationMs, Verdict AS verdict,
       FailureClass AS failureClass, if(Verdict = 'skipped', Skipped, FailureMessage) AS message
     FROM probe_runs WHERE ${within('from', 'to')}
     ORDER BY Name, Location, ScheduledAt DESC, StartedAt DESC LIMIT 1 BY Name, Location`,
    { ...range },
  );
}

function readCounts(engine: Engine, range: TimeRange): Promise<CountRow[]> {
  return engine.query<CountRow>(
    `SELECT Name AS name, countIf(Verdict != 'skipped') AS runs, countIf(Tainted) AS tainted,
       quantileExactInclusiveIf(0.75)(DurationMs, ${GOOD}) AS wait
     FROM probe_runs FINAL WHERE ${within('from', 'to')} GROUP BY name`,
    { ...range },
  );
}

type Bounds = { from: number; to: number; start: number; step: number };

function readWaits(engine: Engine, bounds: Bounds): Promise<WaitRow[]> {
  return engine.query<WaitRow>(
    `SELECT Name AS name, ${TREND_SLOT} AS at, quantileExactInclusive(0.75)(DurationMs) AS wait
     FROM probe_runs FINAL WHERE ${within('from', 'to')} AND ${GOOD} GROUP BY name, at`,
    { ...bounds },
  );
}

/** A slot is up when any of its runs passed, down when one blamed the target, else blind; gaps between slots beside it. */
function readSlots(engine: Engine, bounds: Bounds): Promise<SlotRow[]> {
  return engine.query<SlotRow>(
    `SELECT name, location, at, countIf(isUp) AS up, countIf(isDown AND NOT isUp) AS down,
       countIf(NOT isUp AND NOT isDown) AS blind, toUnixTimestamp64Milli(min(slot)) AS first,
       groupArrayIf(1000)((previous, toUnixTimestamp64Milli(slot), every), previous > 0 AND toUnixTimestamp64Milli(slot) - previous > 1.5 * every) AS gaps
     FROM (
       SELECT *, toUnixTimestamp64Milli(lagInFrame(slot) OVER seen) AS previous, lagInFrame(everyMs) OVER seen AS every
       FROM (
         SELECT Name AS name, Location AS location, ScheduledAt AS slot, ${TREND_SLOT} AS at, any(EveryMs) AS everyMs,
           countIf(Verdict = 'passed') > 0 AS isUp,
           countIf(Verdict = 'failed' AND FailureClass != 'probe') > 0 AS isDown
         FROM probe_runs WHERE ${within('from', 'to')} GROUP BY name, location, slot
       )
       WINDOW seen AS (PARTITION BY name, location ORDER BY slot ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
     )
     GROUP BY name, location, at`,
    { ...bounds },
  );
}

function readBefore(engine: Engine, from: number): Promise<Stretch[]> {
  return engine.query<Stretch>(
    `SELECT Name AS name, Location AS location, toUnixTimestamp64Milli(max(ScheduledAt)) AS last, argMax(EveryMs, ScheduledAt) AS every
     FROM probe_runs WHERE ${within('since', 'from')} GROUP BY name, location`,
    { from, since: from - WEEK_MS },
  );
}
