/** What the overview reads beside the live stream: each answer once, for the headline and for its region. */
import type { ApplicationsView } from '../../../model/application.ts';
import type { CapacityView } from '../../../model/capacity.ts';
import type { ReleasesView } from '../../../model/impact.ts';
import type { IncidentsView } from '../../../model/incident.ts';
import type { MapView } from '../../../model/map.ts';
import type { LedgerView, OperationsView } from '../../../model/operation.ts';
import type { ProbesView, ServerTimesView } from '../../../model/probes.ts';
import type { TransactionsView } from '../../../model/transaction.ts';
import { api } from './api.ts';
import { Query } from './query.svelte.ts';
import { fixed, windowOf } from './range.ts';
import type { View } from './routes.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

export class OverviewData {
  readonly probes = new Query<ProbesView>();
  readonly servers = new Query<ServerTimesView>();
  readonly transactions = new Query<TransactionsView>();
  readonly open = new Query<IncidentsView>();
  readonly recent = new Query<IncidentsView>();
  readonly operations = new Query<OperationsView>();
  readonly ledger = new Query<LedgerView>();
  readonly applications = new Query<ApplicationsView>();
  readonly capacity = new Query<CapacityView>();
  readonly map = new Query<MapView>();
  /** The day before the range: what an edge must not be in to be new. */
  readonly mapBefore = new Query<MapView>();
  readonly releases = new Query<ReleasesView>();

  readonly #turns: readonly (readonly [Query<unknown>, everyMs: number])[] = [
    [this.open, 3 * SECOND_MS],
    [this.operations, 3 * SECOND_MS],
    [this.probes, 5 * SECOND_MS],
    [this.transactions, 10 * SECOND_MS],
    [this.recent, 30 * SECOND_MS],
    [this.ledger, 30 * SECOND_MS],
    [this.applications, 30 * SECOND_MS],
    [this.map, 30 * SECOND_MS],
    [this.servers, 60 * SECOND_MS],
    [this.capacity, 60 * SECOND_MS],
    [this.releases, 60 * SECOND_MS],
    [this.mapBefore, 600 * SECOND_MS],
  ];

  /** Also of those that failed: what is in trouble is not asked every second. */
  readonly #askedAt = new Map<Query<unknown>, number>();

  /** Asks for all of it. Returns how to stop. */
  ask(view: View): () => void {
    const { env } = view;
    for (const [query] of this.#turns) this.#askedAt.set(query, Date.now());
    const range = `${view.from} ${view.to}`;
    this.open.ask('', (signal) => api.incidents({ status: 'open', limit: 50 }, signal));
    this.operations.ask('', (signal) => api.actions({ limit: 50 }, signal));
    this.probes.ask(range, (signal) => api.probes(view, signal));
    this.transactions.ask('', (signal) => api.transactions(signal));
    this.recent.ask('', (signal) => api.incidents({ status: 'resolved', limit: 5 }, signal));
    this.ledger.ask('', (signal) => api.ledger('now-28d', signal));
    this.applications.ask(`${env} ${range}`, (signal) => api.applications(view, signal));
    this.map.ask(env, (signal) => api.map(view, signal));
    this.servers.ask(range, (signal) => api.serverTimes(view, signal));
    this.capacity.ask(env, (signal) => api.capacity(view, signal));
    this.releases.ask(env, (signal) => api.releases('', { from: 'now-28d', to: 'now', env }, signal));
    this.mapBefore.ask(`${env} ${range}`, (signal) => api.map({ ...dayBefore(view), env }, signal));
    return () => {
      for (const [query] of this.#turns) query.stop();
    };
  }

  /** Asks again, quietly, for what was asked longer ago than its turn. @param now unix ms */
  refresh(now: number): void {
    for (const [query, everyMs] of this.#turns) {
      if (now - Math.max(query.at, this.#askedAt.get(query) ?? 0) <= everyMs) continue;
      this.#askedAt.set(query, now);
      query.again(true);
    }
  }
}

function dayBefore(view: View) {
  const { from } = windowOf(view, Date.now()) ?? { from: Date.now() };
  return fixed(from - DAY_MS, from);
}
