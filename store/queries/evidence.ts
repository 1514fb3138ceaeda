import type { EvidenceLog } from '../../model/incident.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine } from '../engine.ts';
import { nanos } from './window.ts';

/** WARN in OpenTelemetry's numbers of severity. */
const WARN = 13;
const MOST_BODY = 2_000;

/** The last warnings and errors a service logged within a range, newest first. */
export function readEvidenceLogs(
  engine: Engine,
  service: string,
  range: TimeRange,
  limit: number,
): Promise<EvidenceLog[]> {
  return engine.query<EvidenceLog>(
    `SELECT toUnixTimestamp64Milli(Timestamp) AS time, ServiceName AS service, SeverityText AS severity,
       substringUTF8(Body, 1, {body:UInt32}) AS body, TraceId AS traceId
     FROM otel_logs
     WHERE ServiceName = {service:String} AND SeverityNumber >= {least:UInt8}
       AND TimestampTime >= toDateTime({fromSecond:UInt32}) AND TimestampTime <= toDateTime({toSecond:UInt32})
       AND Timestamp >= fromUnixTimestamp64Nano({from:Int64}) AND Timestamp < fromUnixTimestamp64Nano({to:Int64})
     ORDER BY Timestamp DESC LIMIT {limit:UInt32}`,
    {
      service,
      limit,
      body: MOST_BODY,
      least: WARN,
      from: nanos(range.from),
      to: nanos(range.to),
      fromSecond: Math.floor(range.from / 1_000),
      toSecond: Math.ceil(range.to / 1_000),
    },
  );
}
