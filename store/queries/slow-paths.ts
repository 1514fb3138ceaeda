import { type PathShare, pathShares } from '../../model/bottleneck.ts';
import type { TimeRange } from '../../model/service.ts';
import type { SpanStatus } from '../../model/trace.ts';
import type { Engine } from '../engine.ts';
import { type Bucket, quantileMs } from './buckets.ts';
import { minuteGrid, nanos } from './window.ts';

/** Of a long range only the newest part is read: where the time goes now. */
const NEWEST_MS = 60 * 60_000;
const TRACES = 40;
const SPANS_OF_A_TRACE = 2_000;
/** A trace lasts so long at most, and by the clocks of two machines begins so much earlier. */
const LONGEST_MS = 120_000;
const SKEW_MS = 10_000;

interface Row {
  traceId: string;
  spanIds: string[];
  parents: string[];
  services: string[];
  /** Milliseconds after the range's start. */
  starts: number[];
  durations: number[];
}

export interface SlowPaths {
  traces: number;
  shares: PathShare[];
}

/** Where the slow traces of a range spend their critical paths: of those above the p95 of all, up to 40 drawn evenly. */
export async function readSlowPaths(engine: Engine, range: TimeRange, env: string): Promise<SlowPaths> {
  const newest = { from: Math.max(range.from, range.to - NEWEST_MS), to: range.to };
  const { start, end } = minuteGrid(newest);
  const buckets = await engine.query<Bucket>(
    `SELECT Bucket AS index, sum(Requests) AS count FROM span_red_1m
     WHERE Root AND NOT Probe AND Minute >= {start:UInt32} AND Minute < {end:UInt32} AND ({env:String} = '' OR Environment = {env:String})
     GROUP BY index ORDER BY index`,
    { start, end, env },
  );
  const p95 = quantileMs(buckets, 0.95);
  if (p95 === null) return { traces: 0, shares: [] };
  const rows = await engine.query<Row>(
    `SELECT TraceId AS traceId, groupArray(SpanId) AS spanIds, groupArray(ParentSpanId) AS parents, groupArray(toString(ServiceName)) AS services,
       groupArray((toUnixTimestamp64Nano(Timestamp) - {from:Int64}) / 1e6) AS starts, groupArray(Duration / 1e6) AS durations
     FROM (
       SELECT TraceId, SpanId, ParentSpanId, ServiceName, Timestamp, Duration FROM otel_traces
       WHERE Timestamp >= fromUnixTimestamp64Nano({lead:Int64}) AND Timestamp < fromUnixTimestamp64Nano({trail:Int64})
         AND TraceId IN (
           SELECT TraceId FROM otel_traces
           WHERE ParentSpanId = '' AND NOT Probe AND Duration >= {least:UInt64} AND ({env:String} = '' OR Environment = {env:String})
             AND Timestamp >= fromUnixTimestamp64Nano({from:Int64}) AND Timestamp < fromUnixTimestamp64Nano({to:Int64})
           ORDER BY cityHash64(TraceId) LIMIT ${TRACES})
       LIMIT ${SPANS_OF_A_TRACE} BY TraceId)
     GROUP BY traceId`,
    {
      env,
      // From the lower end of the p95's bucket: half of its width, 2^(1/8), below its middle.
      least: Math.floor(p95 * 1e6 * 2 ** (-1 / 16)),
      from: nanos(newest.from),
      to: nanos(newest.to),
      lead: nanos(newest.from - SKEW_MS),
      trail: nanos(newest.to + LONGEST_MS),
    },
  );
  return { traces: rows.length, shares: pathShares(rows.map(spansOf)) };
}

function spansOf({ spanIds, parents, services, starts, durations }: Row) {
  return spanIds.map((spanId, i) => ({
    spanId,
    parentSpanId: parents[i]!,
    service: services[i]!,
    startMs: starts[i]!,
    durationMs: durations[i]!,
    status: 'Unset' as SpanStatus,
    resource: 0,
  }));
}
