import { arrivalsSince, stretches } from './arrivals.ts';
import type { Engine } from './engine.ts';
import { WEIGHT } from './sampling.ts';

/** How much later than a call its answer may begin, and how much earlier by the clocks of two machines. Seconds. */
const ANSWER_LAG_S = 120;
const SKEW_S = 10;
/** An answer that came late lies in a minute after its call's: that one is read again too. */
const BEFORE_S = 60;
/** Peers of one service in one minute; a client that calls a host per request must not fill the table. */
const MAX_PEERS = 200;
const MAX_NAME = 200;

/** As `edgesWatermark`, of what is called. */
export async function peersWatermark(engine: Engine): Promise<number> {
  const [row] = await engine.query<{ watermark: number }>(
    'SELECT max(Version) AS watermark FROM peer_edges_1m',
  );
  return Number(row!.watermark);
}

/**
 * Brings the edges to what sends no spans up to date, as `refreshEdges` those between services.
 * @param since what `refreshPeers` or `peersWatermark` returned before
 * @returns the new watermark
 * @throws Problem as the engine's; nothing is lost by it, the same watermark may be tried again
 */
export async function refreshPeers(engine: Engine, since: number): Promise<number> {
  const { now, minutes } = await arrivalsSince(engine, since);
  for (const [from, to] of stretches(minutes))
    await engine.command(READ_PEERS, { from: from - BEFORE_S, to, version: now });
  return now;
}

/** All keys that are looked at: the maps are cut down to them first, or 14 look-ups in whole maps cost 3.6 times the CPU. */
const KEYS: string[] = [];

/** The first of these attributes that is there; OTel semantic conventions, the present name before the older ones. */
const first = (...keys: string[]): string =>
  `arrayFirst(text -> text != '', [${keys.map(valueAt).join(', ')}])`;

/** `url.full` stands for its host. */
function valueAt(key: string): string {
  KEYS.push(key);
  const value = `SpanAttributes['${key}']`;
  return key === 'url.full' || key === 'http.url' ? `domain(${value})` : value;
}

const DATABASE = first('db.system.name', 'db.system');
const QUEUE = first('messaging.system');
/** What is made for one reader would be a node each. */
const TEMPORARY = `(${valueAt('messaging.destination.temporary')} = 'true' OR ${valueAt('messaging.destination.anonymous')} = 'true')`;
const DESTINATION = first(
  'messaging.destination.template',
  'messaging.destination.name',
  'messaging.destination',
);
const HOST = first('peer.service', 'server.address', 'net.peer.name', 'url.full', 'http.url', 'rpc.service');
const HOST_SYSTEM = first('rpc.system.name', 'rpc.system');

/** SQL: `Kind`, `System` and `Peer` of a calling or consuming span. */
export const PEER_COLUMNS = `${DATABASE} AS Database, ${QUEUE} AS Queue,
      multiIf(Database != '', 'database', Queue != '', 'queue', 'host') AS Kind,
      substringUTF8(multiIf(Database != '', Database, Queue != '', Queue, ${HOST_SYSTEM}), 1, ${MAX_NAME}) AS System,
      substringUTF8(multiIf(
        Database != '', ${first('db.namespace', 'db.name', 'server.address', 'net.peer.name', 'peer.service')},
        Queue != '', if(${TEMPORARY}, '(temporary)', ${DESTINATION}),
        ${HOST}), 1, ${MAX_NAME}) AS Peer`;

const READ_PEERS = `
INSERT INTO peer_edges_1m (Minute, Environment, Service, Kind, System, Peer, Inbound, Calls, Errors, DurationNs, Buckets.Bucket, Buckets.Calls, Version)
SELECT
  Minute, Environment, Service, Kind, System, Peer, Inbound,
  sum(BucketCalls) AS Calls, sum(BucketErrors), sum(BucketNs), groupArray(Bucket), groupArray(BucketCalls),
  {version:UInt64}
FROM (
  SELECT
    Minute, Environment, Service, Kind, System, Peer, Inbound, Bucket,
    sum(Counted) AS BucketCalls, sumIf(Counted, IsError) AS BucketErrors, sum(Counted * Duration) AS BucketNs
  FROM (
    SELECT call.*, if(Kind = 'host' AND Answered = 1, 0., Weight) AS Counted
    FROM (
      SELECT Minute, Environment, Service, Inbound, IsError, Duration, Bucket, Weight, Id, ${PEER_COLUMNS}
      FROM (
        SELECT
          toStartOfMinute(Timestamp) AS Minute, Environment, ServiceName AS Service,
          SpanKind = 'Consumer' AS Inbound, StatusCode = 'Error' AS IsError, Duration,
          toInt16(ceil(log2(greatest(Duration, 1)) * 8) - 1) AS Bucket,
          ${WEIGHT} AS Weight,
          cityHash64(TraceId, SpanId) AS Id,
          mapFilter((key, value) -> key IN (${[...new Set(KEYS)].map((key) => `'${key}'`).join(', ')}), otel_traces.SpanAttributes) AS SpanAttributes
        FROM otel_traces
        WHERE Timestamp >= toDateTime({from:UInt32}) AND Timestamp < toDateTime({to:UInt32})
          AND SpanKind IN ('Client', 'Producer', 'Consumer') AND NOT Probe
      )
      WHERE (Peer != '' OR Kind = 'database') AND (NOT Inbound OR Kind = 'queue')
    ) AS call
    LEFT ANY JOIN (
      SELECT cityHash64(TraceId, ParentSpanId) AS Parent, 1 AS Answered
      FROM otel_traces
      WHERE Timestamp >= toDateTime({from:UInt32} - ${SKEW_S}) AND Timestamp < toDateTime({to:UInt32} + ${ANSWER_LAG_S})
        AND SpanKind IN ('Server', 'Consumer') AND ParentSpanId != ''
    ) AS answer ON call.Id = answer.Parent
  )
  GROUP BY Minute, Environment, Service, Kind, System, Peer, Inbound, Bucket
)
GROUP BY Minute, Environment, Service, Kind, System, Peer, Inbound
ORDER BY Calls DESC
LIMIT ${MAX_PEERS} BY Minute, Environment, Service
SETTINGS max_execution_time = 60, log_queries = 0`;
