import type { Engine } from './engine.ts';
import { readPeers } from './peers.ts';
import { WEIGHT } from './sampling.ts';

const MINUTE_S = 60;
/** Minutes read in one query: bounds its memory (at 20,000 spans a second about 200 MB for their parents). */
const MINUTES_PER_QUERY = 3;
/** An insert takes its time of arrival before it can be seen: arrivals this long before the watermark are read again. */
const SLACK_MS = 30_000;
/** How much earlier than a call its parent may begin: a client waits for its server, a message waits in its queue. */
const CALLER_LEAD_S = 120;
const PRODUCER_LEAD_S = 900;
/** How much later, by the clocks of two machines. */
const SKEW_S = 10;

/** Where a new process goes on: the time of the last reading, unix milliseconds by the engine's clock; 0 when there was none. */
export async function edgesWatermark(engine: Engine): Promise<number> {
  const [row] = await engine.query<{ watermark: number }>(
    'SELECT max(Version) AS watermark FROM service_edges_1m',
  );
  return Number(row!.watermark);
}

/**
 * Brings the edges between services, and to what they call, up to date: reads every minute again that got spans since the watermark, and the
 * minute after each, where calls of a parent that came late may have begun.
 * @param since what `refreshEdges` or `edgesWatermark` returned before
 * @returns the new watermark
 * @throws Problem as the engine's; nothing is lost by it, the same watermark may be tried again
 */
export async function refreshEdges(engine: Engine, since: number): Promise<number> {
  const [arrivals] = await engine.query<{ now: number; minutes: number[] }>(
    `SELECT toUnixTimestamp64Milli(now64(3)) AS now, groupUniqArrayArray(arrayMap(m -> toUnixTimestamp(m), Minutes)) AS minutes
     FROM ingest_log WHERE At >= toDateTime({since:UInt32})`,
    { since: Math.max(0, Math.floor((since - SLACK_MS) / 1_000)) },
  );
  const { now, minutes } = arrivals!;
  for (const [from, to] of stretches(minutes)) {
    // First, because the watermark is that of the edges between services: what comes before it is then done.
    await readPeers(engine, from, to, Number(now));
    await engine.command(READ_MINUTES, { from, to, version: Number(now) });
  }
  return Number(now);
}

/** The minutes and the one after each as stretches [from, to) of at most `MINUTES_PER_QUERY`; unix seconds. */
export function stretches(minutes: readonly number[]): [from: number, to: number][] {
  const wanted = [...new Set(minutes.flatMap((minute) => [minute, minute + MINUTE_S]))].sort((a, b) => a - b);
  const found: [number, number][] = [];
  for (const minute of wanted) {
    const last = found.at(-1);
    if (last && last[1] === minute && minute - last[0] < MINUTES_PER_QUERY * MINUTE_S) last[1] += MINUTE_S;
    else found.push([minute, minute + MINUTE_S]);
  }
  return found;
}

/**
 * Ids are joined by a 64-bit hash: a quarter of the memory, and ten million of them collide once in a few hundred
 * thousand minutes. Any one parent, because a sender that resends after a lost answer makes two.
 */
const READ_MINUTES = `
INSERT INTO service_edges_1m (Minute, Environment, Client, Server, Calls, Errors, DurationNs, Buckets.Bucket, Buckets.Calls, Version)
SELECT
  Minute, Environment, Client, Server,
  sum(Weight), sumIf(Weight, IsError), sum(Weight * Duration),
  (sumMap([Bucket], [Weight]) AS histogram).1, histogram.2,
  {version:UInt64}
FROM (
  SELECT
    toStartOfMinute(Timestamp) AS Minute, Environment, ServiceName AS Server, StatusCode = 'Error' AS IsError, Duration,
    toInt16(ceil(log2(greatest(Duration, 1)) * 8) - 1) AS Bucket,
    ${WEIGHT} AS Weight,
    cityHash64(TraceId, ParentSpanId) AS Parent
  FROM otel_traces
  WHERE Timestamp >= toDateTime({from:UInt32}) AND Timestamp < toDateTime({to:UInt32})
    AND SpanKind IN ('Server', 'Consumer') AND ParentSpanId != '' AND NOT Probe
) AS call
LEFT ANY JOIN (
  SELECT cityHash64(TraceId, SpanId) AS Id, ServiceName AS Client, SpanKind AS ClientKind
  FROM otel_traces
  WHERE Timestamp >= toDateTime({from:UInt32} - if(SpanKind = 'Producer', ${PRODUCER_LEAD_S}, ${CALLER_LEAD_S}))
    AND Timestamp >= toDateTime({from:UInt32} - ${PRODUCER_LEAD_S})
    AND Timestamp < toDateTime({to:UInt32} + ${SKEW_S})
    AND SpanKind IN ('Client', 'Producer', 'Internal')
) AS caller ON call.Parent = caller.Id
WHERE ClientKind != '' AND (ClientKind != 'Internal' OR Client != Server)
GROUP BY Minute, Environment, Client, Server
SETTINGS max_execution_time = 60, log_queries = 0`;
