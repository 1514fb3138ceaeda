import type { Engine } from '../engine.ts';

/** What the engine counts of itself; the embedded one has no `system.asynchronous_metrics`. */
export interface EngineCounters {
  /** Bytes its queries, merges and caches hold, by its own count. */
  memoryBytes: number;
  runningMerges: number;
  runningQueries: number;
  /** Since it was started. */
  queries: number;
  failedQueries: number;
  insertedRows: number;
  mergedRows: number;
  /** Of our tables. */
  parts: number;
  diskBytes: number;
}

const METRICS = { memoryBytes: 'MemoryTracking', runningMerges: 'Merge', runningQueries: 'Query' };
const EVENTS = {
  queries: 'Query',
  failedQueries: 'FailedQuery',
  insertedRows: 'InsertedRows',
  mergedRows: 'MergedRows',
};

interface Row {
  metrics: Record<string, number>;
  events: Record<string, number>;
  parts: number;
  diskBytes: number;
}

/** One small query over what the engine keeps in memory. An event that never happened is 0. */
export async function readEngineCounters(engine: Pick<Engine, 'query'>): Promise<EngineCounters> {
  const [row] = await engine.query<Row>(
    `SELECT
       (SELECT mapFromArrays(groupArray(metric), groupArray(value)) FROM system.metrics
        WHERE metric IN {metrics:Array(String)}) AS metrics,
       (SELECT mapFromArrays(groupArray(event), groupArray(value)) FROM system.events
        WHERE event IN {events:Array(String)}) AS events,
       count() AS parts, sum(bytes_on_disk) AS diskBytes
     FROM system.parts WHERE active AND database = currentDatabase()`,
    { metrics: Object.values(METRICS), events: Object.values(EVENTS) },
    { maxSeconds: 2 },
  );
  const pick = <Name extends string>(names: Record<Name, string>, from: Record<string, number>) =>
    Object.fromEntries(
      Object.entries<string>(names).map(([name, source]) => [name, Number(from[source] ?? 0)]),
    ) as Record<Name, number>;
  const { metrics, events, parts, diskBytes } = row!;
  return { ...pick(METRICS, metrics), ...pick(EVENTS, events), parts, diskBytes: Number(diskBytes) };
}
