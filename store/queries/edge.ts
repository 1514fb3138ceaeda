import type { EdgeOperation, EdgeView } from '../../model/map.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine, Params } from '../engine.ts';
import { PEER_COLUMNS } from '../peers.ts';
import { WEIGHT } from '../sampling.ts';
import { redOf } from './buckets.ts';
import { nanos } from './window.ts';

/** Of a long range only the newest part is read: what an edge consists of now. */
const NEWEST_MS = 15 * 60_000;
/** About so many calls are looked at; of more, whole traces are left out evenly. */
const CALLS = 20_000;
/** A caller begins so much before its call at most, and by the clocks of two machines so much after it. */
const LEAD_MS = 120_000;
const SKEW_MS = 10_000;
const MAX_OPERATIONS = 100;

interface Row {
  service: string;
  operation: string;
  errors: number;
  indexes: number[];
  counts: number[];
  slowestTrace: string;
  failedTrace: string;
}

/**
 * What is called over one edge of the map, busiest first.
 * @param from node of the map, `service:web`
 * @param to node of the map; one end is a service
 */
export async function readEdge(
  engine: Engine,
  range: TimeRange,
  env: string,
  from: string,
  to: string,
): Promise<EdgeView> {
  const part = { from: Math.max(range.from, range.to - NEWEST_MS), to: range.to };
  const [caller, callee] = [serviceOf(from), serviceOf(to)];
  const share = await everyNth(engine, part, env, caller ?? callee ?? '');
  const params: Params = {
    env,
    share,
    begin: nanos(part.from),
    end: nanos(part.to),
    lead: nanos(part.from - LEAD_MS),
    skew: nanos(part.to + SKEW_MS),
    caller: caller ?? '',
    callee: callee ?? '',
    peer: caller === null ? from : to,
  };
  const spans =
    caller !== null && callee !== null ? BETWEEN_SERVICES : caller !== null ? TO_PEER : FROM_QUEUE;
  const rows = await engine.query<Row>(
    `SELECT ServiceName AS service, SpanName AS operation, sumIf(Weight, StatusCode = 'Error') AS errors,
       (sumMap([Bucket], [Weight]) AS merged).1 AS indexes, merged.2 AS counts,
       argMax(TraceId, Duration) AS slowestTrace, anyIf(TraceId, StatusCode = 'Error') AS failedTrace
     FROM (${spans}) GROUP BY service, operation ORDER BY sum(Weight) DESC LIMIT ${MAX_OPERATIONS}`,
    params,
  );
  return { range: part, operations: rows.map(operationOf) };
}

const serviceOf = (node: string): string | null =>
  node.startsWith('service:') ? node.slice('service:'.length) : null;

/** One trace in how many is looked at. */
async function everyNth(
  engine: Engine,
  { from, to }: TimeRange,
  env: string,
  service: string,
): Promise<number> {
  const [row] = await engine.query<{ spans: number }>(
    `SELECT sum(Spans) AS spans FROM span_red_1m
     WHERE ServiceName = {service:String} AND SpanKind != 'Internal' AND ({env:String} = '' OR Environment = {env:String})
       AND Minute >= toDateTime({from:UInt32}) AND Minute < toDateTime({to:UInt32})`,
    { service, env, from: Math.floor(from / 1_000), to: Math.ceil(to / 1_000) },
  );
  return Math.max(1, Math.ceil(Number(row?.spans ?? 0) / CALLS));
}

const SPAN = `ServiceName, SpanName, TraceId, StatusCode, Duration,
  toInt16(ceil(log2(greatest(Duration, 1)) * 8) - 1) AS Bucket, ${WEIGHT} * {share:UInt32} AS Weight`;
const HERE = `NOT Probe AND ({env:String} = '' OR Environment = {env:String}) AND cityHash64(TraceId) % {share:UInt32} = 0
  AND Timestamp >= fromUnixTimestamp64Nano({begin:Int64}) AND Timestamp < fromUnixTimestamp64Nano({end:Int64})`;

const BETWEEN_SERVICES = `
  SELECT ${SPAN} FROM otel_traces
  WHERE ServiceName = {callee:String} AND SpanKind IN ('Server', 'Consumer') AND ParentSpanId != '' AND ${HERE}
    AND cityHash64(TraceId, ParentSpanId) IN (
      SELECT cityHash64(TraceId, SpanId) FROM otel_traces
      WHERE ServiceName = {caller:String} AND SpanKind IN ('Client', 'Producer', 'Internal')
        AND cityHash64(TraceId) % {share:UInt32} = 0
        AND Timestamp >= fromUnixTimestamp64Nano({lead:Int64}) AND Timestamp < fromUnixTimestamp64Nano({skew:Int64}))`;

/** The names are those of `MapNode.id`. */
const NODE = `concat(Kind, ':', if(System = '', '', concat(System, '/')), Peer) = {peer:String}`;
const TO_PEER = `
  SELECT ${SPAN}, ${PEER_COLUMNS} FROM otel_traces
  WHERE ServiceName = {caller:String} AND SpanKind IN ('Client', 'Producer') AND ${HERE} AND ${NODE}`;
const FROM_QUEUE = `
  SELECT ${SPAN}, ${PEER_COLUMNS} FROM otel_traces
  WHERE ServiceName = {callee:String} AND SpanKind = 'Consumer' AND ${HERE} AND ${NODE}`;

function operationOf({ errors, indexes, counts, ...row }: Row): EdgeOperation {
  const buckets = indexes.map((index, i) => ({ index, count: counts[i]!, errors: i === 0 ? errors : 0 }));
  return {
    service: row.service,
    operation: row.operation,
    slowestTrace: row.slowestTrace,
    failedTrace: row.failedTrace,
    ...redOf(buckets),
  };
}
