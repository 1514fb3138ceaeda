import type { Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer } from '@hono/node-server';
import { createApi } from '../api/app.ts';
import type { Arrivals } from '../model/arrivals.ts';
import type { Signal } from '../model/otlp.ts';
import type { ArtifactStore } from '../store/artifacts.ts';
import type { State } from '../store/state/state.ts';
import type { AccessPart } from './access.ts';
import { createDesk } from './desk.ts';
import { startJobs } from './jobs.ts';
import { listenUrl, stopListening } from './listen.ts';
import { openRules, type RulesPart } from './rules.ts';
import type { Shared } from './shared.ts';
import { startSlosJob } from './slos.ts';
import { statusOf } from './status.ts';
import type { Store } from './store.ts';
import { VERSION } from './version.ts';

/** The part that decides and shows: rules, incidents, actions, the API and the pages. One for each store. */
export interface ServerPart {
  dashboardUrl: string;
  /** What links to it begin with. */
  linkUrl: string;
  rules: RulesPart;
  /** Something was stored. */
  stored(signal: Signal): void;
}

export interface ServerOptions {
  /** The data folder. */
  folder: string;
  store: Store;
  state: State;
  access: AccessPart;
  arrivals: Arrivals;
  artifacts: ArtifactStore;
  /** Where SDKs send to. */
  otlpUrl: () => string;
}

/** @throws Problem when files, the state or the address cannot be used */
export async function openServer(shared: Shared, options: ServerOptions): Promise<ServerPart> {
  const { config, clock, log, telemetry, teardown, environment } = shared;
  const { folder, store, state, access, arrivals, artifacts, otlpUrl } = options;
  const jobs = startJobs(shared, store);
  let dashboardUrl = '';
  const linkUrl = () => config['public-url'] || dashboardUrl;
  const rules = openRules({
    ...{ config, clock, log, state, folder, env: environment, engine: store.engine },
    waitingSince: arrivals.waitingSince,
    dashboardUrl: linkUrl,
  });
  teardown.add('rules', rules.stop);
  // Rules are evaluated as soon as there is something to read.
  store.ready.then(rules.start).catch(() => {});
  const promises = startSlosJob(store, () => rules.set().slos, log, telemetry);
  teardown.add('SLOs job', promises.stop);
  const startedAt = clock.now();
  const { budget } = jobs;
  const api = createApi({
    engine: store.engine,
    status: async () =>
      statusOf({ version: VERSION, startedAt, otlpUrl: otlpUrl(), arrivals, store, budget, rules }),
    senders: arrivals.senders,
    desk: createDesk(rules),
    artifacts,
    access,
    hosts: access.hosts,
    health: { notReady: () => store.state().detail, metrics: telemetry.metrics },
    clock,
    log,
    pages: fileURLToPath(new URL('../dashboard/dist', import.meta.url)),
    observe: telemetry.request,
  });
  dashboardUrl = await openDashboard(shared, api.app.fetch);
  teardown.add('live streams', () => api.live.close());
  return {
    dashboardUrl,
    linkUrl: linkUrl(),
    rules,
    stored: (signal) => {
      jobs.stored(signal);
      if (signal === 'traces') promises.stored();
      api.live.changed();
    },
  };
}

async function openDashboard(
  { config, tls, teardown }: Shared,
  fetch: ReturnType<typeof createApi>['app']['fetch'],
): Promise<string> {
  const server = createAdaptorServer({
    fetch,
    ...(tls && { createServer: createSecureServer, serverOptions: tls.options }),
  }) as Server | SecureServer;
  if ('setSecureContext' in server) tls?.renew(server);
  const url = await listenUrl(config, server, 'http');
  teardown.add('dashboard', () => stopListening(server, 500));
  return url;
}
