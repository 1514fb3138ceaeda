import type {
  OperationSummary,
  OperationsView,
  ServiceSummary,
  ServicesView,
  TimeRange,
} from '../../model/service.ts';
import type { Engine } from '../engine.ts';
import { redOf } from './buckets.ts';
import { countedRange, minuteGrid } from './window.ts';

/**
 * What a service's requests are: what it serves, else what it consumes, else (a cron job, a browser) the traces it
 * begins. The first kind it has any of counts, so unlike things are never added up.
 */
export type Basis = ServiceSummary['basis'];
const BASES: readonly Basis[] = ['server', 'consumer', 'root'];
/** SQL: of a row of the span rollup. */
export const BASIS = `multiIf(SpanKind = 'Server', 'server', SpanKind = 'Consumer', 'consumer', 'root')`;
const WITHIN = `Minute >= {start:UInt32} AND Minute < {end:UInt32} AND NOT Probe
  AND (SpanKind IN ('Server', 'Consumer') OR Root) AND ({env:String} = '' OR Environment = {env:String})`;
const TREND_SLOT = `intDiv(toUnixTimestamp(Minute) - {start:UInt32}, {step:UInt32})`;

/** Requests per slot of every service, oldest first. @param most slots at most; see `minuteGrid` */
export async function readLoads(
  engine: Engine,
  range: TimeRange,
  env: string,
  most: number,
): Promise<Map<string, number[]>> {
  const { start, end, step, slots } = minuteGrid(range, most);
  const rows = await engine.query<{ service: string; basis: Basis; slots: number[]; counts: number[] }>(
    `SELECT service, basis, groupArray(slot) AS slots, groupArray(count) AS counts FROM (
       SELECT ServiceName AS service, ${BASIS} AS basis, ${TREND_SLOT} AS slot, sum(Requests) AS count
       FROM span_red_1m WHERE ${WITHIN} GROUP BY service, basis, slot)
     GROUP BY service, basis`,
    { start, end, step, env },
  );
  const loads = new Map<string, number[]>();
  for (const [service, own] of groupBy(rows, (row) => row.service)) {
    const basis = basisOf(own);
    const load = new Array<number>(slots).fill(0);
    for (const row of own.filter((each) => each.basis === basis))
      row.slots.forEach((slot, i) => {
        if (slot < slots) load[slot] = row.counts[i]!;
      });
    loads.set(service, load);
  }
  return loads;
}

interface BucketRow {
  service: string;
  operation: string;
  kind: string;
  basis: Basis;
  index: number;
  count: number;
  errors: number;
  durationNs: number;
}

interface TrendRow {
  service: string;
  operation: string;
  kind: string;
  basis: Basis;
  slot: number;
  count: number;
  errors: number;
}

interface SeenRow {
  service: string;
  version: string;
  environment: string;
  lastSeen: number;
}

/** Every service ever seen with its requests in the range, busiest first. @param env '' for all environments */
export async function listServices(engine: Engine, range: TimeRange, env: string): Promise<ServicesView> {
  const [buckets, trends, seen] = await Promise.all([
    readBuckets(engine, range, env, ''),
    readTrends(engine, range, env, ''),
    engine.query<SeenRow>(
      `SELECT ServiceName AS service, ServiceVersion AS version, Environment AS environment,
         toUnixTimestamp64Milli(max(LastSeen)) AS lastSeen
       FROM service_seen WHERE ServiceName != 'loopwatch-synthetics' GROUP BY service, version, environment ORDER BY lastSeen DESC`,
    ),
  ]);
  const environments = [...new Set(seen.map((row) => row.environment))].filter(Boolean).sort();
  const here = env === '' ? seen : seen.filter((row) => row.environment === env);
  const bucketsOf = groupBy(buckets, (row) => row.service);
  const trendsOf = groupBy(trends, (row) => row.service);
  const services = [...groupBy(here, (row) => row.service)].map(([service, releases]): ServiceSummary => {
    const basis = basisOf(bucketsOf.get(service) ?? []);
    return {
      service,
      basis,
      ...redOf((bucketsOf.get(service) ?? []).filter((row) => row.basis === basis)),
      ...trendOf(
        (trendsOf.get(service) ?? []).filter((row) => row.basis === basis),
        range,
      ),
      versions: versionsWithin(releases, range),
      lastSeen: releases[0]!.lastSeen,
    };
  });
  services.sort((a, b) => b.requests - a.requests || a.service.localeCompare(b.service));
  return { range: countedRange(range), environments, services };
}

/** One service's operations in the range, by impact (requests × mean time), largest first. */
export async function listOperations(
  engine: Engine,
  range: TimeRange,
  env: string,
  service: string,
): Promise<OperationsView> {
  const [buckets, trends, seen] = await Promise.all([
    readBuckets(engine, range, env, service),
    readTrends(engine, range, env, service),
    engine.query<{ lastSeen: number }>(
      `SELECT toUnixTimestamp64Milli(max(LastSeen)) AS lastSeen FROM service_seen
       WHERE ServiceName = {service:String} HAVING count() > 0`,
      { service },
    ),
  ]);
  const basis = basisOf(buckets);
  const key = (row: { operation: string; kind: string }) => `${row.kind}\n${row.operation}`;
  const trendsOf = groupBy(
    trends.filter((row) => row.basis === basis),
    key,
  );
  const groups = [
    ...groupBy(
      buckets.filter((row) => row.basis === basis),
      key,
    ),
  ];
  const time = (rows: BucketRow[]) => rows.reduce((sum, row) => sum + row.durationNs, 0);
  const total = groups.reduce((sum, [, rows]) => sum + time(rows), 0);
  const operations = groups.map(
    ([name, rows]): OperationSummary => ({
      operation: rows[0]!.operation,
      kind: rows[0]!.kind,
      ...redOf(rows),
      ...trendOf(trendsOf.get(name) ?? [], range),
      impact: total > 0 ? time(rows) / total : 0,
    }),
  );
  operations.sort((a, b) => b.impact - a.impact);
  return { range: countedRange(range), service, lastSeen: seen[0]?.lastSeen ?? null, basis, operations };
}

function readBuckets(engine: Engine, range: TimeRange, env: string, service: string): Promise<BucketRow[]> {
  const { start, end } = minuteGrid(range);
  return engine.query<BucketRow>(
    `SELECT ServiceName AS service, ${service === '' ? `'' AS operation, '' AS kind` : 'SpanName AS operation, SpanKind AS kind'},
       ${BASIS} AS basis, Bucket AS index, sum(Requests) AS count, sum(span_red_1m.Errors) AS errors, sum(DurationNs) AS durationNs
     FROM span_red_1m WHERE ${WITHIN} ${ofService(service)}
     GROUP BY service, operation, kind, basis, index ORDER BY index`,
    { start, end, env, service },
  );
}

function readTrends(engine: Engine, range: TimeRange, env: string, service: string): Promise<TrendRow[]> {
  const { start, end, step } = minuteGrid(range);
  return engine.query<TrendRow>(
    `SELECT ServiceName AS service, ${service === '' ? `'' AS operation, '' AS kind` : 'SpanName AS operation, SpanKind AS kind'},
       ${BASIS} AS basis, ${TREND_SLOT} AS slot, sum(Requests) AS count, sum(span_red_1m.Errors) AS errors
     FROM span_red_1m WHERE ${WITHIN} ${ofService(service)}
     GROUP BY service, operation, kind, basis, slot`,
    { start, end, step, env, service },
  );
}

const ofService = (service: string): string => (service === '' ? '' : 'AND ServiceName = {service:String}');

/** The kind that counts: the first there is any of. */
export function basisOf(rows: readonly { basis: Basis }[]): Basis {
  return BASES.find((basis) => rows.some((row) => row.basis === basis)) ?? 'server';
}

function trendOf(rows: readonly TrendRow[], range: TimeRange): { trend: number[]; errorTrend: number[] } {
  const { slots } = minuteGrid(range);
  const trend = new Array<number>(slots).fill(0);
  const errorTrend = new Array<number>(slots).fill(0);
  for (const row of rows) {
    if (row.slot >= slots) continue;
    trend[row.slot]! += row.count;
    errorTrend[row.slot]! += row.errors;
  }
  return { trend, errorTrend };
}

function versionsWithin(releases: readonly SeenRow[], range: TimeRange): string[] {
  const recent = releases.filter((row) => row.lastSeen >= range.from && row.version !== '');
  return [...new Set(recent.map((row) => row.version))].slice(0, 10);
}

function groupBy<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
}
