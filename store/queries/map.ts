import type { MapEdge, MapView } from '../../model/map.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine } from '../engine.ts';
import { type Bucket, redOf } from './buckets.ts';
import { countedRange, minuteGrid } from './window.ts';

/** Edges of one map at most; a map with more cannot be read by a person. */
const MAX_EDGES = 5_000;

interface EdgeRow {
  client: string;
  server: string;
  errors: number;
  indexes: number[];
  counts: number[];
}

/** The calls between services in the range, busiest first. @param env '' for all environments */
export async function readMap(engine: Engine, range: TimeRange, env: string): Promise<MapView> {
  const { start, end } = minuteGrid(range);
  const rows = await engine.query<EdgeRow>(
    `SELECT Client AS client, Server AS server, sum(service_edges_1m.Errors) AS errors,
       (sumMap(Buckets.Bucket, Buckets.Calls) AS merged).1 AS indexes, merged.2 AS counts
     FROM service_edges_1m FINAL
     WHERE Minute >= {start:UInt32} AND Minute < {end:UInt32} AND ({env:String} = '' OR Environment = {env:String})
     GROUP BY client, server ORDER BY sum(Calls) DESC LIMIT ${MAX_EDGES}`,
    { start, end, env },
  );
  return { range: countedRange(range), edges: rows.map(edgeOf) };
}

function edgeOf({ client, server, errors, indexes, counts }: EdgeRow): MapEdge {
  const buckets = indexes.map((index, i): Bucket & { errors: number } => ({
    index,
    count: counts[i]!,
    errors: i === 0 ? errors : 0,
  }));
  return { client, server, ...redOf(buckets) };
}
