import { Hono } from 'hono';
import type { Clock } from '../base/clock.ts';
import type { Engine } from '../store/engine.ts';
import { readCapacity } from '../store/queries/capacity.ts';
import { rememberedView } from './remembered.ts';

/** Much is read for it, and resources move slowly; a kiosk and ten tabs need no reading each. */
const FRESH_MS = 10_000;

/** `/api/capacity`: resources with their room, and the bottleneck. */
export function capacityRoutes(engine: Engine, clock: Clock) {
  const capacity = rememberedView(FRESH_MS, clock, (range, env) => readCapacity(engine, range, env));
  return new Hono().get('/', async (c) => c.json(await capacity(c.req.query())));
}
