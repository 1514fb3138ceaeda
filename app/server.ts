import { fileURLToPath } from 'node:url';
import { createAdaptorServer } from '@hono/node-server';
import { createApi } from '../api/app.ts';
import type { Arrivals } from '../model/arrivals.ts';
import type { Signal } from '../model/otlp.ts';
import type { ArtifactStore } from '../store/artifacts.ts';
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
  rules: RulesPart;
  /** Something was stored. */
  stored(signal: Signal): void;
}

export interface ServerOptions {
  /** Where `state.db` is. */
  folder: string;
  store: Store;
  arrivals: Arrivals;
  artifacts: ArtifactStore;
  /** Where SDKs send to. */
  otlpUrl: () => string;
}

/** @throws Problem when files, the state or the address cannot be used */
export async function openServer(shared: Shared, options: ServerOptions): Promise<ServerPart> {
  const { config, clock, log, telemetry, teardown, environment } = shared;
  const { folder, store, arrivals, artifacts, otlpUrl } = options;
  const jobs = startJobs(shared, store);
  let dashboardUrl = '';
  const rules = openRules({
    ...{ config, clock, log, folder, env: environment, engine: store.engine },
    waitingSince: arrivals.waitingSince,
    dashboardUrl: () => dashboardUrl,
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
    health: { notReady: () => store.state().detail, metrics: telemetry.metrics },
    clock,
    log,
    pages: fileURLToPath(new URL('../dashboard/dist', import.meta.url)),
    observe: telemetry.request,
  });
  const server = createAdaptorServer({ fetch: api.app.fetch }) as import('node:http').Server;
  dashboardUrl = await listenUrl(config, server, 'http');
  teardown.add('dashboard', () => stopListening(server, 500));
  teardown.add('live streams', () => api.live.close());
  return {
    dashboardUrl,
    rules,
    stored: (signal) => {
      jobs.stored(signal);
      if (signal === 'traces') promises.stored();
      api.live.changed();
    },
  };
}
