/** The demo's control API, for its command line, for tests, and for whoever scales it. Loopback only. */
import { Hono } from 'hono';
import { messageOf, Problem } from '../../base/errors.ts';
import { parseDuration } from '../../base/units.ts';
import type { Faults } from '../faults/faults.ts';
import type { ShopState } from '../supervise/shop.ts';
import type { Hook } from './hook.ts';
import { hookRequest, webhookNotice } from './requests.ts';

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;
export const HOOK = '/hooks/checkout-workers';
/** Takes the product's notices, to say that they arrive. */
export const WEBHOOK = '/webhooks/incidents';

export interface ControlParts {
  state: () => ShopState;
  faults: Pick<Faults, 'list' | 'begin' | 'end'>;
  hook: Hook;
  say?: (line: string) => void;
}

/** Makes the API; serving it is the caller's. */
export function createControl({ state, faults, hook, say = () => {} }: ControlParts): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    // A page in the browser of this machine must not reach it: pages say where they are from, names can be rebound.
    if (c.req.header('Origin') !== undefined || !LOOPBACK.test(c.req.header('Host') ?? ''))
      return c.json(errorOf('forbidden', 'Only programs on this machine may do that.'), 403);
    return next();
  });
  app.onError((thrown, c) =>
    thrown instanceof Problem
      ? c.json(errorOf(thrown.code, thrown.message), thrown.code === 'unknown_fault' ? 404 : 400)
      : c.json(errorOf('failed', messageOf(thrown)), 500),
  );
  app.notFound((c) => c.json(errorOf('not_found', 'There is nothing at this address.'), 404));
  app.get('/', (c) => c.json(state()));
  app.get('/faults', (c) => c.json(faults.list()));
  app.post('/faults/:name', async (c) => {
    const lasts = c.req.query('for');
    return c.json(
      await faults.begin(c.req.param('name'), lasts === undefined ? undefined : parseDuration(lasts)),
    );
  });
  app.delete('/faults/:name', async (c) => c.json(await faults.end(c.req.param('name'))));
  app.post(WEBHOOK, async (c) => {
    const notice = webhookNotice.safeParse(await c.req.json().catch(() => undefined));
    if (notice.success) say(`      webhook: ${notice.data.type}, #${notice.data.data.number}`);
    return c.body(null, 204);
  });
  app.get(HOOK, (c) => {
    const found = hook.observe(c.req.query('target') ?? '');
    return found ? c.json(found) : c.json(errorOf('unknown_target', 'There is only ?target=checkout.'), 404);
  });
  app.get(`${HOOK}/operations/:id`, (c) => {
    const operation = hook.operation(c.req.param('id'));
    return operation
      ? c.json(operation)
      : c.json(errorOf('unknown_operation', 'This operation was never asked for.'), 404);
  });
  app.post(HOOK, async (c) => {
    const parsed = hookRequest.safeParse(await c.req.json().catch(() => undefined));
    if (!parsed.success) {
      const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      return c.json(errorOf('invalid', problems.join('; ')), 400);
    }
    const { status, body, retryAfterS } = hook.request(parsed.data, c.req.header('Idempotency-Key'));
    if (retryAfterS !== undefined) c.header('Retry-After', String(retryAfterS));
    return c.json(body, status);
  });
  return app;
}

const errorOf = (code: string, message: string) => ({ error: { code, message } });
