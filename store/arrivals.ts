/** Which minutes of event time got spans lately: what the jobs behind the map and promises read again. */
import type { Engine } from './engine.ts';

const MINUTE_S = 60;
/** Minutes read in one query: bounds its memory (at 20,000 spans a second about 200 MB for their parents). */
const MINUTES_PER_QUERY = 3;
/** An insert takes its time of arrival before it can be seen: arrivals this long before the watermark are read again. */
const SLACK_MS = 30_000;

/**
 * The minutes that spans arrived for since a moment.
 * @param since unix milliseconds by the engine's clock
 * @returns `now` is the next `since`; minutes in unix seconds
 */
export async function arrivalsSince(
  engine: Engine,
  since: number,
): Promise<{ now: number; minutes: number[] }> {
  const [arrivals] = await engine.query<{ now: number; minutes: number[] }>(
    `SELECT toUnixTimestamp64Milli(now64(3)) AS now, groupUniqArrayArray(arrayMap(m -> toUnixTimestamp(m), Minutes)) AS minutes
     FROM ingest_log WHERE At >= toDateTime({since:UInt32})`,
    { since: Math.max(0, Math.floor((since - SLACK_MS) / 1_000)) },
  );
  return { now: Number(arrivals!.now), minutes: arrivals!.minutes };
}

/** The minutes and the one after each as stretches [from, to) of at most so many minutes; unix seconds. */
export function stretches(
  minutes: readonly number[],
  most: number = MINUTES_PER_QUERY,
): [from: number, to: number][] {
  const wanted = [...new Set(minutes.flatMap((minute) => [minute, minute + MINUTE_S]))].sort((a, b) => a - b);
  const found: [number, number][] = [];
  for (const minute of wanted) {
    const last = found.at(-1);
    if (last && last[1] === minute && minute - last[0] < most * MINUTE_S) last[1] += MINUTE_S;
    else found.push([minute, minute + MINUTE_S]);
  }
  return found;
}
