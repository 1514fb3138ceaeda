import { Hono } from 'hono';
import type { Clock } from '../base/clock.ts';
import type { Engine } from '../store/engine.ts';
import { readCapacity } from '../store/queries/capacity.ts';
import { rangeParameters, timeRange } from './parameters.ts';

/** `/api/capacity`: resources with their room, and the bottleneck. */
export function capacityRoutes(engine: Engine, clock: Clock) {
  return new Hono().get('/', async (c) => {
    const { from, to, env } = rangeParameters.parse(c.req.query());
    return c.json(await readCapacity(engine, timeRange(from, to, clock.now()), env));
  });
}
