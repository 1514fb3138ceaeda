import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Engine } from '../store/engine.ts';
import { readEdge } from '../store/queries/edge.ts';
import { readMap } from '../store/queries/map.ts';
import { download } from './export.ts';
import { exportFormat, rangeParameters, timeRange } from './parameters.ts';

const node = z
  .string()
  .max(1_000)
  .regex(/^(?:service|database|queue|host):/, 'is not a node of the map, like service:web');
const edge = rangeParameters
  .extend({ caller: node, callee: node })
  .refine(
    ({ caller, callee }) => caller.startsWith('service:') || callee.startsWith('service:'),
    'One end of an edge is a service',
  );

/** `/api/map`: the map, one edge of it, the file. */
export function mapRoutes(engine: Engine, clock: Clock) {
  const read = (query: Record<string, string>) => {
    const { from, to, env } = rangeParameters.parse(query);
    return readMap(engine, timeRange(from, to, clock.now()), env);
  };
  return new Hono()
    .get('/', async (c) => c.json(await read(c.req.query())))
    .get('/edge', async (c) => {
      const { from, to, env, caller, callee } = edge.parse(c.req.query());
      return c.json(await readEdge(engine, timeRange(from, to, clock.now()), env, caller, callee));
    })
    .get('/export', async (c) => {
      const view = await read(c.req.query());
      return download(c, exportFormat.parse(c.req.query('format')), view, () => ({
        name: 'map',
        columns: ['from', 'to', 'requests', 'errors', 'p50_ms', 'p95_ms', 'p99_ms'],
        rows: view.edges.map((each) => [
          each.from,
          each.to,
          each.requests,
          each.errors,
          each.p50,
          each.p95,
          each.p99,
        ]),
      }));
    });
}
