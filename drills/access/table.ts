/** Who may do what, written by hand and never made from the product's own table. */

/** Without log-in; else the least role. */
export type Need = 'anyone' | 'viewer' | 'operator' | 'admin';

export const CALLERS = [
  'nobody',
  'viewer',
  'operator',
  'admin',
  'ingest token',
  'probe token',
  'read token',
  'admin token',
] as const;
export type Caller = (typeof CALLERS)[number];

/** What each caller counts as; tokens of senders are nobody here. */
const COUNTS_AS: Readonly<Record<Caller, Need>> = {
  nobody: 'anyone',
  viewer: 'viewer',
  operator: 'operator',
  admin: 'admin',
  'ingest token': 'anyone',
  'probe token': 'anyone',
  'read token': 'viewer',
  'admin token': 'admin',
};
const ORDER: readonly Need[] = ['anyone', 'viewer', 'operator', 'admin'];

/** Whether this caller is to be let in where so much is needed. */
export const mayPass = (caller: Caller, need: Need): boolean =>
  ORDER.indexOf(COUNTS_AS[caller]) >= ORDER.indexOf(need);

/** Every route. */
export const byHand: Readonly<Record<string, Need>> = {
  // Nobody is logged in yet.
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /api/session': 'anyone',
  'POST /api/session': 'anyone',
  'DELETE /api/session': 'anyone',
  'POST /api/join/look': 'anyone',
  'POST /api/join': 'anyone',
  'GET /*': 'anyone',
  // Looking.
  'GET /metrics': 'viewer',
  'GET /api/applications': 'viewer',
  'GET /api/capacity': 'viewer',
  'GET /api/server-times': 'viewer',
  'GET /api/releases': 'viewer',
  'GET /api/releases/impact': 'viewer',
  'GET /api/rules/:name/transitions': 'viewer',
  'GET /api/transactions': 'viewer',
  'GET /api/transactions/:name': 'viewer',
  'GET /api/probes': 'viewer',
  'GET /api/probes/:name': 'viewer',
  'GET /api/runs/:traceId': 'viewer',
  'GET /api/artifacts/:sha256': 'viewer',
  'GET /api/status': 'viewer',
  'GET /api/senders': 'viewer',
  'GET /api/services': 'viewer',
  'GET /api/services/:service/operations': 'viewer',
  'GET /api/traces': 'viewer',
  'GET /api/traces/heatmap': 'viewer',
  'GET /api/traces/compare': 'viewer',
  'GET /api/traces/export': 'viewer',
  'GET /api/traces/:id': 'viewer',
  'GET /api/traces/:id/outline': 'viewer',
  'GET /api/traces/:id/spans/:span': 'viewer',
  'GET /api/map': 'viewer',
  'GET /api/map/edge': 'viewer',
  'GET /api/map/export': 'viewer',
  'GET /api/metrics': 'viewer',
  'GET /api/metrics/series': 'viewer',
  'GET /api/metrics/export': 'viewer',
  'GET /api/logs': 'viewer',
  'GET /api/logs/histogram': 'viewer',
  'GET /api/logs/export': 'viewer',
  'GET /api/live': 'viewer',
  'GET /api/incidents': 'viewer',
  'GET /api/incidents/:number': 'viewer',
  'GET /api/silences': 'viewer',
  'GET /api/receivers': 'viewer',
  'GET /api/dead-letters': 'viewer',
  'GET /api/rules': 'viewer',
  'GET /api/rules/:name': 'viewer',
  'GET /api/rules/:name/explain': 'viewer',
  'GET /api/operations': 'viewer',
  'GET /api/operations/:id': 'viewer',
  'GET /api/ledger': 'viewer',
  'GET /api/kill-switch': 'viewer',
  'POST /api/session/password': 'viewer',
  // Acting.
  'POST /api/incidents/:number/acknowledge': 'operator',
  'POST /api/incidents/:number/resolve': 'operator',
  'POST /api/incidents/:number/comment': 'operator',
  'POST /api/incidents/:number/silence': 'operator',
  'POST /api/silences': 'operator',
  'PUT /api/silences/:id': 'operator',
  'DELETE /api/silences/:id': 'operator',
  'POST /api/receivers/:name/test': 'operator',
  'POST /api/dead-letters/:id/redeliver': 'operator',
  'POST /api/operations/:id/approve': 'operator',
  'POST /api/operations/:id/reject': 'operator',
  'POST /api/kill-switch': 'operator',
  // Deciding who comes in.
  'GET /api/users': 'admin',
  'POST /api/users': 'admin',
  'POST /api/users/:id/role': 'admin',
  'POST /api/users/:id/reset': 'admin',
  'DELETE /api/users/:id': 'admin',
  'GET /api/tokens': 'admin',
  'POST /api/tokens': 'admin',
  'DELETE /api/tokens/:id': 'admin',
  'GET /api/audit': 'admin',
};
