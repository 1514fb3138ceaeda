import type { EvidenceLog } from '../../model/incident.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine } from '../engine.ts';

/** What stands for a body that is longer. */
const MOST_BODY = 2_000;

/** The newest log records of a service in a range, warnings and worse before all others. */
export function logsAround(
  engine: Engine,
  { from, to }: TimeRange,
  service: string,
  limit: number,
): Promise<EvidenceLog[]> {
  return engine.query<EvidenceLog>(
    `SELECT toUnixTimestamp64Milli(Timestamp) AS time, ServiceName AS service,
       if(SeverityText != '', SeverityText, toString(SeverityNumber)) AS severity, leftUTF8(Body, ${MOST_BODY}) AS body,
       TraceId AS traceId
     FROM otel_logs
     WHERE ServiceName = {service:String} AND TimestampTime >= toDateTime({from:UInt32}) AND TimestampTime <= toDateTime({to:UInt32})
     ORDER BY SeverityNumber >= 13 DESC, Timestamp DESC LIMIT {limit:UInt32}`,
    { service, from: Math.floor(from / 1_000), to: Math.ceil(to / 1_000), limit },
  );
}
