/** The one way to ask the API. Every answer that is not a success becomes an `ApiError` with the API's own words. */
import type { AuditView, SessionView, Token, User } from '../../../model/access.ts';
import type { CapacityView } from '../../../model/capacity.ts';
import type { Explanation } from '../../../model/explanation.ts';
import type { Failure } from '../../../model/failure.ts';
import type { ImpactView, ReleasesView } from '../../../model/impact.ts';
import type { DeadLetter, IncidentsView, IncidentView, ReceiverHealth } from '../../../model/incident.ts';
import type { Comparison, HeatmapView } from '../../../model/latency.ts';
import type { LogHistogram, LogsView } from '../../../model/log.ts';
import type { EdgeView, MapView } from '../../../model/map.ts';
import type { MetricsView, SeriesView } from '../../../model/metric.ts';
import type { OperationsView as ActionsView, KillSwitch, LedgerView } from '../../../model/operation.ts';
import type { ProbeRun } from '../../../model/probe.ts';
import type { ProbeRunsView, ProbesView } from '../../../model/probes.ts';
import type { RulesView, RuleTransitions, RuleView, SilenceView } from '../../../model/rules-view.ts';
import type { SenderList } from '../../../model/senders.ts';
import type { OperationsView, ServicesView } from '../../../model/service.ts';
import type { Status } from '../../../model/status.ts';
import type { SpanDetails, TraceOutline, TracesView } from '../../../model/trace.ts';
import type { TransactionsView, TransactionView } from '../../../model/transaction.ts';
import { paramsOf, type TraceFilters } from './filters.ts';
import { type LogFilters, logParamsOf } from './log-filters.ts';
import { type MetricChoice, metricParamsOf } from './metric-view.ts';
import { DEFAULT_RANGE } from './range.ts';
import { link, type Params, type View } from './routes.ts';

export type Problem = Failure['error'];

export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

export const api = {
  services: (view: View, signal: AbortSignal) => get<ServicesView>(apiUrl('/api/services', view), signal),
  operations: (service: string, view: View, signal: AbortSignal) =>
    get<OperationsView>(apiUrl(`/api/services/${segment(service)}/operations`, view), signal),
  traces: (filters: TraceFilters, view: View, signal: AbortSignal) =>
    get<TracesView>(apiUrl('/api/traces', view, { ...paramsOf(filters), limit: filters.limit }), signal),
  heatmap: (service: string, operation: string, view: View, signal: AbortSignal) =>
    get<HeatmapView>(apiUrl('/api/traces/heatmap', view, { service, operation }), signal),
  compare: (a: string, b: string, signal: AbortSignal) =>
    get<Comparison>(`/api/traces/compare?${new URLSearchParams({ a, b })}`, signal),
  trace: (traceId: string, signal: AbortSignal) =>
    get<TraceOutline>(`/api/traces/${segment(traceId)}/outline`, signal),
  spans: (traceId: string, spanId: string, signal: AbortSignal) =>
    get<SpanDetails>(`/api/traces/${segment(traceId)}/spans/${segment(spanId)}`, signal),
  map: (view: View, signal: AbortSignal) => get<MapView>(apiUrl('/api/map', view), signal),
  mapEdge: (caller: string, callee: string, view: View, signal: AbortSignal) =>
    get<EdgeView>(apiUrl('/api/map/edge', view, { caller, callee }), signal),
  metrics: (env: string, signal: AbortSignal) =>
    get<MetricsView>(link('/api/metrics', { ...DEFAULT_RANGE, env }), signal),
  metricSeries: (choice: MetricChoice, view: View, signal: AbortSignal) =>
    get<SeriesView>(apiUrl('/api/metrics/series', view, metricParamsOf(choice)), signal),
  capacity: (view: View, signal: AbortSignal) => get<CapacityView>(apiUrl('/api/capacity', view), signal),
  releases: (service: string, view: View, signal: AbortSignal) =>
    get<ReleasesView>(apiUrl('/api/releases', view, { service }), signal),
  impact: (service: string, version: string, env: string, signal: AbortSignal) =>
    get<ImpactView>(plainUrl('/api/releases/impact', { service, version, env }), signal),
  logs: (filters: LogFilters, view: View, before: string, signal: AbortSignal) =>
    get<LogsView>(apiUrl('/api/logs', view, { ...logParamsOf(filters), before }), signal),
  logHistogram: (filters: LogFilters, view: View, signal: AbortSignal) =>
    get<LogHistogram>(apiUrl('/api/logs/histogram', view, logParamsOf(filters)), signal),
  incidents: (params: Params, signal: AbortSignal) =>
    get<IncidentsView>(plainUrl('/api/incidents', params), signal),
  incident: (number: string, signal: AbortSignal) =>
    get<IncidentView>(`/api/incidents/${segment(number)}`, signal),
  actions: (params: Params, signal: AbortSignal) =>
    get<ActionsView>(plainUrl('/api/operations', params), signal),
  ledger: (from: string, signal: AbortSignal) => get<LedgerView>(plainUrl('/api/ledger', { from }), signal),
  killSwitch: (signal: AbortSignal) => get<KillSwitch>('/api/kill-switch', signal),
  rules: (signal: AbortSignal) => get<RulesView>('/api/rules', signal),
  rule: (name: string, signal: AbortSignal) => get<RuleView>(`/api/rules/${segment(name)}`, signal),
  explain: (name: string, at: string, signal: AbortSignal) =>
    get<Explanation>(plainUrl(`/api/rules/${segment(name)}/explain`, { at }), signal),
  transitions: (name: string, signal: AbortSignal) =>
    get<RuleTransitions>(`/api/rules/${segment(name)}/transitions`, signal),
  silences: (signal: AbortSignal) => get<{ silences: SilenceView[] }>('/api/silences', signal),
  receivers: (signal: AbortSignal) => get<{ receivers: ReceiverHealth[] }>('/api/receivers', signal),
  deadLetters: (signal: AbortSignal) => get<{ deadLetters: DeadLetter[] }>('/api/dead-letters', signal),
  probes: (view: View, signal: AbortSignal) =>
    get<ProbesView>(apiUrl('/api/probes', { ...view, env: '' }), signal),
  probe: (name: string, view: View, location: string, signal: AbortSignal) =>
    get<ProbeRunsView>(apiUrl(`/api/probes/${segment(name)}`, { ...view, env: '' }, { location }), signal),
  run: (traceId: string, signal: AbortSignal) => get<ProbeRun>(`/api/runs/${segment(traceId)}`, signal),
  transactions: (signal: AbortSignal) => get<TransactionsView>('/api/transactions', signal),
  transaction: (name: string, signal: AbortSignal) =>
    get<TransactionView>(`/api/transactions/${segment(name)}`, signal),
  senders: (signal: AbortSignal) => get<SenderList>('/api/senders', signal),
  status: (signal: AbortSignal) => get<Status>('/api/status', signal),
  session: (signal: AbortSignal) => get<SessionView>('/api/session', signal),
  users: (signal: AbortSignal) => get<{ users: User[] }>('/api/users', signal),
  tokens: (signal: AbortSignal) => get<{ tokens: Token[] }>('/api/tokens', signal),
  audit: (before: string, signal: AbortSignal) => get<AuditView>(plainUrl('/api/audit', { before }), signal),
};

/** The address of the live stream for a view. */
export function liveUrl(view: View): string {
  return link('/api/live', { ...DEFAULT_RANGE, env: view.env }, { from: view.from });
}

/** The API's address with the range spelled out: a page's link leaves defaults away, a question does not. */
export function apiUrl(path: string, view: View, params: Params = {}): string {
  return link(path, { ...DEFAULT_RANGE, env: view.env }, { from: view.from, to: view.to, ...params });
}

/** An address whose answer does not depend on range and environment. */
function plainUrl(path: string, params: Params): string {
  return link(path, { ...DEFAULT_RANGE, env: '' }, params);
}

/**
 * Changes something, and gives what it became. @param parts of the path below `/api`
 * @throws ApiError
 */
export function change<T>(
  method: 'POST' | 'DELETE',
  parts: readonly (string | number)[],
  body: object = {},
): Promise<T> {
  return ask<T>(`/api/${parts.map((part) => segment(String(part))).join('/')}`, {
    method,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: method === 'DELETE' ? null : JSON.stringify(body),
  });
}

function segment(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function get<T>(url: string, signal: AbortSignal): Promise<T> {
  return ask<T>(url, { signal, headers: { accept: 'application/json' } });
}

async function ask<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, init).catch((cause) => {
    if (init.signal?.aborted) throw cause;
    throw new ApiError({
      code: 'unreachable',
      message: `Loopwatch does not answer at ${location.host}. Is it still running?`,
      retryable: true,
    });
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  const problem = problemIn(body) ?? unexpected(response.status);
  if (problem.code === 'unauthenticated') unauthenticated();
  throw new ApiError(problem);
}

let unauthenticated = () => {};

/** Calls `call` whenever the API wants a log-in first. */
export function whenUnauthenticated(call: () => void): void {
  unauthenticated = call;
}

function problemIn(body: unknown): Problem | null {
  const error = (body as Partial<Failure> | null)?.error;
  return typeof error?.message === 'string' ? error : null;
}

function unexpected(status: number): Problem {
  return {
    code: 'internal',
    message: `The API answered ${status} without a reason.`,
    retryable: status >= 500,
  };
}

/** What went wrong, as the API would say it. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  return { code: 'internal', message: `The page stumbled: ${String(error)}`, retryable: false };
}
