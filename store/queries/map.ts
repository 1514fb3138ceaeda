import type { MapEdge, MapNode, MapNodeKind, MapView, Release } from '../../model/map.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine } from '../engine.ts';
import { type Bucket, redOf } from './buckets.ts';
import { countedRange, minuteGrid } from './window.ts';

/** Edges of one map at most; a map with more cannot be read by a person. */
const MAX_EDGES = 5_000;
const MAX_RELEASES = 200;
const MAX_ALONE = 2_000;

interface EdgeRow {
  kind: MapNodeKind;
  system: string;
  service: string;
  other: string;
  /** The service is called, or reads the queue. */
  inbound: boolean | number;
  errors: number;
  indexes: number[];
  counts: number[];
}

/** The calls in the range, busiest first. @param env '' for all environments */
export async function readMap(engine: Engine, range: TimeRange, env: string): Promise<MapView> {
  const [calls, peers, alone, releases] = await Promise.all([
    readEdges(
      engine,
      range,
      env,
      `'service' AS kind, '' AS system, Client AS service, Server AS other, false AS inbound`,
      'service_edges_1m',
    ),
    readEdges(
      engine,
      range,
      env,
      'toString(Kind) AS kind, System AS system, Service AS service, Peer AS other, Inbound AS inbound',
      'peer_edges_1m',
    ),
    readSeen(engine, range, env),
    readReleases(engine, range, env),
  ]);
  const nodes = new Map<string, MapNode>();
  const add = (node: MapNode) => {
    if (!nodes.has(node.id)) nodes.set(node.id, node);
    return node.id;
  };
  const edges = [...calls, ...peers].map((row): MapEdge => {
    const service = add(serviceNode(row.service));
    const other = add(row.kind === 'service' ? serviceNode(row.other) : peerNode(row));
    const [from, to] = row.inbound ? [other, service] : [service, other];
    return { from, to, ...redOf(bucketsOf(row)) };
  });
  edges.sort((a, b) => b.requests - a.requests || compare(a.from, b.from) || compare(a.to, b.to));
  for (const name of alone) add(serviceNode(name));
  return {
    range: countedRange(range),
    nodes: [...nodes.values()].sort((a, b) => compare(a.id, b.id)),
    edges: edges.slice(0, MAX_EDGES),
    releases,
    truncated: edges.length > MAX_EDGES,
  };
}

function readEdges(
  engine: Engine,
  range: TimeRange,
  env: string,
  names: string,
  table: string,
): Promise<EdgeRow[]> {
  const { start, end } = minuteGrid(range);
  return engine.query<EdgeRow>(
    `SELECT ${names}, sum(${table}.Errors) AS errors,
       (sumMap(Buckets.Bucket, Buckets.Calls) AS merged).1 AS indexes, merged.2 AS counts
     FROM ${table} FINAL
     WHERE Minute >= {start:UInt32} AND Minute < {end:UInt32} AND ({env:String} = '' OR Environment = {env:String})
     GROUP BY kind, system, service, other, inbound HAVING sum(Calls) > 0
     ORDER BY sum(Calls) DESC LIMIT ${MAX_EDGES + 1}`,
    { start, end, env },
  );
}

/** Services seen in the range; the last of them lie at its end or beyond, which for "now" is the same. */
async function readSeen(engine: Engine, { from, to }: TimeRange, env: string): Promise<string[]> {
  const rows = await engine.query<{ service: string }>(
    `SELECT ServiceName AS service FROM service_seen
     WHERE ({env:String} = '' OR Environment = {env:String})
     GROUP BY service
     HAVING max(LastSeen) >= fromUnixTimestamp64Milli({from:Int64}) AND min(FirstSeen) < fromUnixTimestamp64Milli({to:Int64})
     ORDER BY service LIMIT ${MAX_ALONE}`,
    { from: Math.floor(from), to: Math.ceil(to), env },
  );
  return rows.map(({ service }) => service);
}

function readReleases(engine: Engine, { from, to }: TimeRange, env: string): Promise<Release[]> {
  return engine.query<Release>(
    `SELECT ServiceName AS service, ServiceVersion AS version, toUnixTimestamp64Milli(min(FirstSeen)) AS at
     FROM service_seen WHERE ServiceVersion != '' AND ({env:String} = '' OR Environment = {env:String})
     GROUP BY service, version HAVING at >= {from:Int64} AND at < {to:Int64}
     ORDER BY at, service LIMIT ${MAX_RELEASES}`,
    { from: Math.floor(from), to: Math.ceil(to), env },
  );
}

const serviceNode = (name: string): MapNode => ({ id: `service:${name}`, kind: 'service', name, system: '' });

function peerNode({ kind, system, other }: EdgeRow): MapNode {
  const name = other === '' ? system : other;
  return { id: `${kind}:${system === '' ? '' : `${system}/`}${other}`, kind, name, system };
}

function bucketsOf({ errors, indexes, counts }: EdgeRow): (Bucket & { errors: number })[] {
  return indexes.map((index, i) => ({ index, count: counts[i]!, errors: i === 0 ? errors : 0 }));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
