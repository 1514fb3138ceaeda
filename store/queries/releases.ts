import type { Engine } from '../engine.ts';

/** A version of a service that was seen for the first time. */
export interface Release {
  service: string;
  version: string;
  /** Unix ms. */
  at: number;
}

const MOST = 20;

/**
 * Versions first seen in (from, to], unix ms, newest first; the first version that a service ever had is none, for that
 * is only when it was first watched.
 */
export async function releasesBetween(engine: Engine, from: number, to: number): Promise<Release[]> {
  const rows = await engine.query<{ service: string; version: string; at: string }>(
    `SELECT ServiceName AS service, ServiceVersion AS version, toUnixTimestamp64Milli(first) AS at
     FROM (
       SELECT *, min(first) OVER (PARTITION BY ServiceName) AS begin
       FROM (
         SELECT ServiceName, ServiceVersion, min(FirstSeen) AS first
         FROM service_seen
         GROUP BY ServiceName, ServiceVersion
       )
     )
     WHERE first > begin AND first > fromUnixTimestamp64Milli({from:Int64})
       AND first <= fromUnixTimestamp64Milli({to:Int64}) AND ServiceVersion != ''
     ORDER BY first DESC, ServiceName LIMIT ${MOST}`,
    { from, to },
  );
  return rows.map(({ at, ...release }) => ({ ...release, at: Number(at) }));
}
