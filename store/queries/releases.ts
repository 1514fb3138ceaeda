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

/** Every version a service was seen with, the oldest first; `last`: when it was seen last, unix ms. */
export async function releasesOf(engine: Engine, service: string): Promise<(Release & { last: number })[]> {
  const rows = await engine.query<{ version: string; at: string; last: string }>(
    `SELECT ServiceVersion AS version, toUnixTimestamp64Milli(min(FirstSeen)) AS at, toUnixTimestamp64Milli(max(LastSeen)) AS last
     FROM service_seen WHERE ServiceName = {service:String} AND ServiceVersion != ''
     GROUP BY version ORDER BY at, version`,
    { service },
  );
  return rows.map(({ version, at, last }) => ({ service, version, at: Number(at), last: Number(last) }));
}
