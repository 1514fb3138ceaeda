import { readFile } from 'node:fs/promises';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type MiddlewareHandler } from 'hono';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Health } from '../model/health.ts';
import type { SenderList } from '../model/senders.ts';
import type { Status } from '../model/status.ts';
import type { Engine } from '../store/engine.ts';
import { listOperations, listServices } from '../store/queries/services.ts';
import { gate, stays } from './access/gate.ts';
import { bySession, byToken } from './access/providers.ts';
import { type Access, accessRoutes } from './access/routes.ts';
import { capacityRoutes } from './capacity.ts';
import type { Desk } from './desk.ts';
import { failure, failureHandler } from './failures.ts';
import { healthRoutes, prometheusRoute } from './health.ts';
import { thisMachine } from './identity.ts';
import { incidentRoutes } from './incidents.ts';
import { LiveHub } from './live.ts';
import { logRoutes } from './logs.ts';
import { mapRoutes } from './map.ts';
import { metricRoutes } from './metrics.ts';
import { operationRoutes } from './operations.ts';
import { rangeParameters, timeRange } from './parameters.ts';
import { type ArtifactReader, createProbeRoutes } from './probes.ts';
import { releaseRoutes } from './releases.ts';
import { ruleRoutes } from './rules.ts';
import { sameOriginOnly } from './same-origin.ts';
import { type HostNames, knownHostOnly, securityHeaders } from './security.ts';
import { traceRoutes } from './traces.ts';
import { transactionRoutes } from './transactions.ts';

export interface ApiOptions {
  engine: Engine;
  status: () => Promise<Status>;
  senders: () => SenderList;
  /** Rules and incidents. */
  desk: Desk;
  /** Answers `/healthz`, `/readyz` and `/metrics`; without it there are no such paths. */
  health?: Health;
  clock: Clock;
  log: Log;
  /** People, tokens and the audit log; without it everybody may do everything. */
  access?: Access;
  /** Names this dashboard is reached by, besides those of this machine. */
  hosts?: HostNames;
  /** Files of probes; without it there are none. */
  artifacts?: ArtifactReader;
  /** Folder with the built dashboard. */
  pages: string;
  /** Sees every request and its answer. */
  observe?: MiddlewareHandler;
}

/** The routes under `/api`; their chained types are what the dashboard's client is checked against. */
function createRoutes(options: ApiOptions, live: LiveHub) {
  const { engine, status, senders, desk, clock } = options;
  return new Hono()
    .route('/', createProbeRoutes(options))
    .get('/status', async (c) => c.json(await status()))
    .get('/senders', (c) => c.json(senders()))
    .get('/services', async (c) => {
      const { from, to, env } = rangeParameters.parse(c.req.query());
      return c.json(await listServices(engine, timeRange(from, to, clock.now()), env));
    })
    .get('/services/:service/operations', async (c) => {
      const { from, to, env } = rangeParameters.parse(c.req.query());
      return c.json(
        await listOperations(engine, timeRange(from, to, clock.now()), env, c.req.param('service')),
      );
    })
    .route('/traces', traceRoutes(engine, clock))
    .route('/map', mapRoutes(engine, clock))
    .route('/metrics', metricRoutes(engine, clock))
    .route('/logs', logRoutes(engine, clock))
    .route('/capacity', capacityRoutes(engine, clock))
    .route('/releases', releaseRoutes(engine, clock))
    .get('/live', (c) => {
      const { from, env } = rangeParameters.parse(c.req.query());
      timeRange(from, 'now', clock.now());
      if (!from.startsWith('now'))
        throw new Problem('invalid_parameter', 'Only ranges that end now are live');
      return live.stream(c, from, env, () => stays(c));
    })
    .route('/', incidentRoutes(desk, clock))
    .route('/', ruleRoutes(desk, clock))
    .route('/', operationRoutes(desk, clock))
    .route('/', transactionRoutes(engine, desk, clock));
}

/** Types only: the dashboard's client derives every answer's shape from it. */
export type Api = ReturnType<typeof createRoutes>;

/** The API and the pages. `live.changed()` is to be called when something was stored. */
export function createApi(options: ApiOptions) {
  const live = new LiveHub({
    clock: options.clock,
    status: options.status,
    services: (from, env) => listServices(options.engine, timeRange(from, 'now', options.clock.now()), env),
  });
  const { health, access } = options;
  const app = new Hono();
  app.use(options.observe ?? ((_, next) => next())).use(securityHeaders());
  if (health) app.route('/', healthRoutes(health));
  app
    .use(knownHostOnly(options.hosts))
    .use('/api/*', noStore)
    .use('/api/*', sameOriginOnly())
    .use(gateOf(options))
    .route('/api', createRoutes(options, live));
  if (access) app.route('/api', accessRoutes(access));
  if (health) app.route('/', prometheusRoute(health));
  app.all('/api/*', (c) => c.json(failure('not_found', `There is no ${c.req.path}`), 404));
  servePages(app, options.pages);
  app.onError(failureHandler(options.log));
  return { app, live };
}

function gateOf({ access, clock }: ApiOptions): MiddlewareHandler {
  if (access?.auth !== 'on') return gate({ providers: [thisMachine], audit: access?.audit, clock });
  const providers = [byToken(access.tokens), bySession(access.accounts, access.cookie)];
  return gate({ providers, audit: access.audit, clock });
}

const noStore: MiddlewareHandler = async (c, next) => {
  await next();
  c.header('Cache-Control', 'no-store');
};

/** Built files under their hashed names for ever; every other path is the page itself, which routes by URL. */
function servePages(app: Hono, pages: string): void {
  // Services, rules, probes and SLOs have names with dots.
  const isFile = /^\/(?!services\/|rules\/|experience\/|transactions\/).*\.\w+$/;
  app.use('*', async (c, next) => {
    await next();
    const forever = c.req.path.startsWith('/assets/') && c.res.status === 200;
    c.header('Cache-Control', forever ? 'public, max-age=31536000, immutable' : 'no-cache');
  });
  app.use('*', async (c, next) => (isFile.test(c.req.path) ? serveStatic({ root: pages })(c, next) : next()));
  app.get('*', async (c) => {
    if (isFile.test(c.req.path)) return c.text('Not found', 404);
    const page = await readFile(`${pages}/index.html`, 'utf8').catch(() => null);
    return page === null ? c.text('The dashboard is not built. Run: npm run build', 503) : c.html(page);
  });
}
