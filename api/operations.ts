import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import type { LedgerView, Operation, OperationStatus, OperationsView } from '../model/operation.ts';
import { actBody, killSwitchBody } from './bodies.ts';
import type { Desk } from './desk.ts';
import { identityOf } from './identity.ts';
import { moment } from './parameters.ts';
import { jsonBody } from './same-origin.ts';

const STATUS = [
  'live',
  'proposed',
  'blocked',
  'awaiting_approval',
  'rejected',
  'expired',
  'dispatched',
  'unknown',
  'accepted',
  'succeeded',
  'failed',
  'verifying',
  'verified',
  'not_verified',
  'rolling_back',
  'rolled_back',
  'escalated',
] as const satisfies readonly (OperationStatus | 'live')[];

const listParameters = z.object({
  status: z.enum(STATUS).optional(),
  verdict: z.enum(['cured', 'no_effect', 'worse', 'unknown']).optional(),
  rule: z.string().max(200).optional(),
  target: z.string().max(200).optional(),
  incident: z.coerce.number().int().positive().optional(),
  before: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** What was done and what waits for a decision, how long the loop takes, and the switch that stops all of it. */
export function operationRoutes(desk: Desk, clock: Clock) {
  return new Hono()
    .get('/operations', (c) => {
      const filter = listParameters.parse(c.req.query());
      const found = desk.operations.list({ ...filter, limit: filter.limit + 1 });
      const operations = found.slice(0, filter.limit);
      const next = found.length > operations.length ? operations.at(-1)!.id : null;
      return c.json({ operations, next } satisfies OperationsView);
    })
    .get('/operations/:id', (c) => c.json(operation(desk, c.req.param('id'))))
    .post('/operations/:id/approve', async (c) => c.json(await decide(desk, c, c.req.param('id'), true)))
    .post('/operations/:id/reject', async (c) => c.json(await decide(desk, c, c.req.param('id'), false)))
    .get('/ledger', (c) => {
      const since = moment('from', c.req.query('from') ?? 'now-30d', clock.now());
      return c.json({ since, rules: desk.operations.ledger(since) } satisfies LedgerView);
    })
    .get('/kill-switch', (c) => c.json(desk.killSwitch.read()))
    .post('/kill-switch', async (c) => {
      const { on, by, comment } = await jsonBody(c, killSwitchBody);
      const who = identityOf(c, by).by;
      desk.killSwitch.set(on ? `${who} turned the kill switch on. ${comment}`.trim() : '');
      const now = desk.killSwitch.read();
      if (now.on && !on)
        throw new Problem('conflict', `It stays on: ${now.reason} Remove the file ${now.file}`);
      return c.json(now);
    });
}

async function decide(desk: Desk, c: Context, id: string, approved: boolean): Promise<Operation> {
  const { by, comment } = await jsonBody(c, actBody);
  desk.operations.decide(id, { ...identityOf(c, by), approved, comment });
  return operation(desk, id);
}

function operation(desk: Desk, id: string): Operation {
  const found = desk.operations.get(id);
  if (found === null) throw new Problem('not_found', `There is no operation ${id.slice(0, 400)}`);
  return found;
}
