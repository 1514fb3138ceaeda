import type { LocationState } from '../../model/probes.ts';
import type { Engine } from '../engine.ts';

/** A location that said nothing for a week is not silent, it is gone. */
const WEEK_MS = 7 * 86_400_000;
/** So many heartbeats may be lost on the way; after the next one the location is silent. */
const MISSED = 3;
/** A run that is due writes its row when it is over, a minute later at most, and the row takes its way to the store. */
const LATE_MS = 90_000;

interface Heartbeat {
  location: string;
  lastHeartbeat: number;
  every: number;
  probes: number;
}

/**
 * From where probes are looked, by name, and who of them is silent.
 * @param now unix milliseconds up to which the store is complete: what waits in the journal is no silence
 */
export async function locations(engine: Engine, now: number): Promise<LocationState[]> {
  const heartbeats = await engine.query<Heartbeat>(
    `SELECT ResourceAttributes['loopwatch.location'] AS location,
       toUnixTimestamp64Milli(toDateTime64(maxIf(TimeUnix, MetricName = 'loopwatch.location.heartbeat'), 3)) AS lastHeartbeat,
       1000 * argMaxIf(Value, TimeUnix, MetricName = 'loopwatch.location.heartbeat') AS every,
       argMaxIf(Value, TimeUnix, MetricName = 'loopwatch.location.probes') AS probes
     FROM otel_metrics_gauge
     WHERE ServiceName = 'loopwatch-synthetics' AND MetricName IN ('loopwatch.location.heartbeat', 'loopwatch.location.probes')
       AND TimeUnix >= fromUnixTimestamp64Milli({since:Int64})
     GROUP BY location ORDER BY location`,
    { since: now - WEEK_MS },
  );
  return heartbeats.map((heartbeat) => ({
    ...heartbeat,
    silent: now - heartbeat.lastHeartbeat > MISSED * heartbeat.every,
  }));
}

/**
 * Whether a probe is still to be expected at a location. A location that is alive writes something down for every slot
 * of every probe it has; so when it wrote nothing for more than two slots, the probe was taken away. One that is silent
 * is expected to go on.
 */
export function isExpected(
  newest: { location: string; scheduledAt: number; every: number },
  places: readonly LocationState[],
  now: number,
): boolean {
  const place = places.find(({ location }) => location === newest.location);
  if (place === undefined || place.silent) return true;
  return now - newest.scheduledAt <= 2 * newest.every + LATE_MS;
}
