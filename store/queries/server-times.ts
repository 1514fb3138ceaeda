import type { ServerTimes, ServerTimesView } from '../../model/probes.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine } from '../engine.ts';
import { type Bucket, quantileMs } from './buckets.ts';
import { countedRange, minuteGrid } from './window.ts';

/** Journeys are written by people; more than these no overview shows. */
const MOST_PROBES = 200;
/** A run whose spans are looked for lasts no longer. */
const LONGEST_RUN_MINUTES = 5;

interface OperationRow {
  probe: string;
  service: string;
  operation: string;
}

interface BucketRow extends Bucket {
  service: string;
  operation: string;
  isProbe: boolean | number;
}

/** Of each journey's newest good run the slowest server span, and that operation's p75 split by the probes' mark. */
export async function readServerTimes(engine: Engine, range: TimeRange): Promise<ServerTimesView> {
  const operations = await readOperations(engine, range);
  const buckets = operations.length === 0 ? [] : await readBuckets(engine, range, operations);
  const times = operations.map((row): ServerTimes => {
    const own = buckets.filter(
      ({ service, operation }) => service === row.service && operation === row.operation,
    );
    const p75 = (isProbe: boolean) =>
      quantileMs(
        own.filter((each) => Boolean(each.isProbe) === isProbe),
        0.75,
      );
    return { ...row, probed: p75(true), real: p75(false) };
  });
  return { range: countedRange(range), times };
}

async function readOperations(engine: Engine, range: TimeRange): Promise<OperationRow[]> {
  const runs = await engine.query<{ probe: string; traceId: string; minute: number }>(
    `SELECT Name AS probe, argMax(TraceId, StartedAt) AS traceId, toUnixTimestamp(toStartOfMinute(max(StartedAt))) AS minute
     FROM probe_runs
     WHERE Kind = 'journey' AND Verdict = 'passed'
       AND ScheduledAt >= fromUnixTimestamp64Milli({from:Int64}) AND ScheduledAt < fromUnixTimestamp64Milli({to:Int64})
     GROUP BY probe ORDER BY probe LIMIT ${MOST_PROBES}`,
    { from: Math.floor(range.from), to: Math.ceil(range.to) },
  );
  if (runs.length === 0) return [];
  const probeOf = new Map(runs.map(({ traceId, probe }) => [traceId, probe]));
  const minutes = runs.flatMap(({ minute }) =>
    Array.from({ length: LONGEST_RUN_MINUTES + 1 }, (_, i) => minute + i * 60),
  );
  const rows = await engine.query<OperationRow & { traceId: string }>(
    `SELECT TraceId AS traceId, ServiceName AS service, SpanName AS operation FROM otel_traces
     WHERE toUnixTimestamp(toStartOfMinute(Timestamp)) IN {minutes:Array(UInt32)}
       AND Timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND Timestamp < fromUnixTimestamp64Milli({to:Int64})
       AND TraceId IN {traceIds:Array(String)} AND SpanKind = 'Server'
     ORDER BY Duration DESC LIMIT 1 BY TraceId`,
    {
      minutes: [...new Set(minutes)],
      traceIds: [...probeOf.keys()],
      from: Math.min(...minutes) * 1_000,
      to: Math.max(...minutes) * 1_000 + 60_000,
    },
  );
  return rows.map(({ traceId, service, operation }) => ({
    probe: probeOf.get(traceId)!,
    service,
    operation,
  }));
}

function readBuckets(
  engine: Engine,
  range: TimeRange,
  operations: readonly OperationRow[],
): Promise<BucketRow[]> {
  const { start, end } = minuteGrid(range);
  return engine.query<BucketRow>(
    `SELECT ServiceName AS service, SpanName AS operation, Probe AS isProbe, Bucket AS index, sum(Requests) AS count
     FROM span_red_1m
     WHERE ServiceName IN {services:Array(String)} AND SpanName IN {names:Array(String)} AND SpanKind = 'Server'
       AND Minute >= {start:UInt32} AND Minute < {end:UInt32}
     GROUP BY service, operation, isProbe, index ORDER BY index`,
    {
      start,
      end,
      services: [...new Set(operations.map(({ service }) => service))],
      names: [...new Set(operations.map(({ operation }) => operation))],
    },
  );
}
