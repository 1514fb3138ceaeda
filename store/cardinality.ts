import type { Offender } from '../model/cardinality.ts';
import type { Engine } from './engine.ts';

/** Series count as active that had a point in this time. */
export const ACTIVE_MS = 10 * 60_000;
/** Offenders that are named; a sender can make any number of them. */
const MAX_NAMED = 20;
/** Points looked at to find the attribute that makes the series many. */
const SAMPLED_POINTS = 200_000;
const LIMITS = { maxSeconds: 20 };

export interface CardinalityLimits {
  /** Series of one metric of one service. */
  series: number;
  /** Span names of one service. */
  operations: number;
}

type Found = Omit<Offender, 'refused' | 'since'>;

const TABLES = [
  'otel_metrics_gauge',
  'otel_metrics_sum',
  'otel_metrics_histogram',
  'otel_metrics_exponential_histogram',
  'otel_metrics_summary',
] as const;

/**
 * Metrics and services with more series or span names in the last ten minutes than the limits allow, the worst first.
 * Counts are estimates (`uniq`, error below 1 %). @param now unix milliseconds @throws Problem as the engine's
 */
export async function findOffenders(
  engine: Engine,
  limits: CardinalityLimits,
  now: number,
): Promise<Found[]> {
  const since = Math.floor((now - ACTIVE_MS) / 1_000);
  const metrics = await Promise.all(TABLES.map((table) => seriesOver(engine, table, limits.series, since)));
  const operations = await engine.query<{ service: string; count: number }>(
    `SELECT ServiceName AS service, uniq(SpanName) AS count FROM span_red_1m
     WHERE Minute >= toDateTime({since:UInt32}) AND NOT Probe GROUP BY service
     HAVING count > {limit:UInt32} ORDER BY count DESC LIMIT ${MAX_NAMED}`,
    { since, limit: limits.operations },
    LIMITS,
  );
  const found: Found[] = [
    ...metrics.flat(),
    ...operations.map(({ service, count }) => ({
      kind: 'operations' as const,
      service,
      metric: '',
      count: Number(count),
      limit: limits.operations,
      attribute: '',
      values: 0,
    })),
  ];
  return found.sort((a, b) => b.count / b.limit - a.count / a.limit).slice(0, MAX_NAMED);
}

async function seriesOver(engine: Engine, table: string, limit: number, since: number): Promise<Found[]> {
  const over = await engine.query<{ service: string; metric: string; count: number }>(
    `SELECT ServiceName AS service, MetricName AS metric, uniq(SeriesId) AS count FROM ${table}
     WHERE TimeUnix >= toDateTime({since:UInt32}) GROUP BY service, metric
     HAVING count > {limit:UInt32} ORDER BY count DESC LIMIT ${MAX_NAMED}`,
    { since, limit },
    LIMITS,
  );
  return Promise.all(
    over.map(async ({ service, metric, count }) => {
      const worst = await manyValued(engine, table, service, metric, since);
      return { kind: 'series' as const, service, metric, count: Number(count), limit, ...worst };
    }),
  );
}

/** The attribute of points or resource with the most distinct values in a sample. */
async function manyValued(
  engine: Engine,
  table: string,
  service: string,
  metric: string,
  since: number,
): Promise<{ attribute: string; values: number }> {
  const [worst] = await engine.query<{ attribute: string; values: number }>(
    `SELECT pair.1 AS attribute, uniq(pair.2) AS values FROM (
       SELECT arrayJoin(arrayConcat(
         CAST(Attributes, 'Array(Tuple(String, String))'), CAST(ResourceAttributes, 'Array(Tuple(String, String))'))) AS pair
       FROM (SELECT Attributes, ResourceAttributes FROM ${table}
         WHERE ServiceName = {service:String} AND MetricName = {metric:String} AND TimeUnix >= toDateTime({since:UInt32})
         LIMIT ${SAMPLED_POINTS})
     ) GROUP BY attribute ORDER BY values DESC LIMIT 1`,
    { service, metric, since },
    LIMITS,
  );
  return { attribute: worst?.attribute.slice(0, 200) ?? '', values: Number(worst?.values ?? 0) };
}
