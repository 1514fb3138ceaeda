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

/**
 * Reads who was called in these minutes and the one before, among those that send no spans.
 * @param from unix seconds, as `to`, exclusive
 * @throws Problem as the engine's
 */
export async function readPeers(engine: Engine, from: number, to: number, version: number): Promise<void> {
  await engine.command(READ_PEERS, { from: from - BEFORE_S, to, version });
}

/** The first of these attributes that is there; OTel semantic conventions, the present name before the older ones. */
const first = (...keys: string[]): string =>
  `arrayFirst(text -> text != '', [${keys.map((key) => (key.includes('(') ? key : `SpanAttributes['${key}']`)).join(', ')}])`;

const DATABASE = first('db.system.name', 'db.system');
const QUEUE = first('messaging.system');
/** What is made for one reader would be a node each. */
const TEMPORARY = `(SpanAttributes['messaging.destination.temporary'] = 'true' OR SpanAttributes['messaging.destination.anonymous'] = 'true')`;
const DESTINATION = first(
  'messaging.destination.template',
  'messaging.destination.name',
  'messaging.destination',
);
const HOST = first(
  'peer.service',
  'server.address',
  'net.peer.name',
  `domain(SpanAttributes['url.full'])`,
  `domain(SpanAttributes['http.url'])`,
  'rpc.service',
);
const HOST_SYSTEM = `multiIf(SpanAttributes['rpc.system'] != '', SpanAttributes['rpc.system'], SpanAttributes['rpc.system.name'] != '', SpanAttributes['rpc.system.name'], '')`;

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
  sum(Counted) AS Calls, sumIf(Counted, IsError), sum(Counted * Duration),
  (sumMap([Bucket], [Counted]) AS histogram).1, histogram.2,
  {version:UInt64}
FROM (
  SELECT call.*, if(Kind = 'host' AND Answered = 1, 0., Weight) AS Counted
  FROM (
    SELECT
      toStartOfMinute(Timestamp) AS Minute, Environment, ServiceName AS Service,
      ${PEER_COLUMNS},
      SpanKind = 'Consumer' AS Inbound,
      StatusCode = 'Error' AS IsError, Duration,
      toInt16(ceil(log2(greatest(Duration, 1)) * 8) - 1) AS Bucket,
      ${WEIGHT} AS Weight,
      cityHash64(TraceId, SpanId) AS Id
    FROM otel_traces
    WHERE Timestamp >= toDateTime({from:UInt32}) AND Timestamp < toDateTime({to:UInt32})
      AND SpanKind IN ('Client', 'Producer', 'Consumer') AND NOT Probe
      AND (Peer != '' OR Kind = 'database') AND (SpanKind != 'Consumer' OR Kind = 'queue')
  ) AS call
  LEFT ANY JOIN (
    SELECT cityHash64(TraceId, ParentSpanId) AS Parent, 1 AS Answered
    FROM otel_traces
    WHERE Timestamp >= toDateTime({from:UInt32} - ${SKEW_S}) AND Timestamp < toDateTime({to:UInt32} + ${ANSWER_LAG_S})
      AND SpanKind IN ('Server', 'Consumer') AND ParentSpanId != ''
  ) AS answer ON call.Id = answer.Parent
)
GROUP BY Minute, Environment, Service, Kind, System, Peer, Inbound
ORDER BY Calls DESC
LIMIT ${MAX_PEERS} BY Minute, Environment, Service
SETTINGS max_execution_time = 60, log_queries = 0`;
