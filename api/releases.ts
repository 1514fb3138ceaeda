import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Engine } from '../store/engine.ts';
import { listReleases, readImpact } from '../store/queries/impact.ts';
import { rangeParameters, timeRange } from './parameters.ts';

const text = z.string().max(1_000);
const list = rangeParameters.extend({ service: text.default('') });
const impact = z.object({ service: text.min(1), version: text.min(1), env: text.default('') });

/** `/api/releases`: those of a time with their verdict, and one with its before and after. */
export function releaseRoutes(engine: Engine, clock: Clock) {
  return new Hono()
    .get('/', async (c) => {
      const { from, to, env, service } = list.parse(c.req.query());
      const range = timeRange(from, to, clock.now());
      return c.json({ releases: await listReleases(engine, range, env, service, clock.now()) });
    })
    .get('/impact', async (c) => {
      const { service, version, env } = impact.parse(c.req.query());
      return c.json(await readImpact(engine, service, version, env, clock.now()));
    });
}
