/** Which page a path means, and the links to pages. Every view is a URL: the range, the environment and filters too. */
import { DEFAULT_RANGE, type Range } from './range.ts';

export type PageName =
  | 'overview'
  | 'services'
  | 'service'
  | 'traces'
  | 'trace'
  | 'compare'
  | 'map'
  | 'logs'
  | 'metrics'
  | 'capacity'
  | 'senders'
  | 'receivers'
  | 'users'
  | 'tokens'
  | 'audit'
  | 'join'
  | 'experience'
  | 'probe'
  | 'run'
  | 'transactions'
  | 'transaction'
  | 'incidents'
  | 'incident'
  | 'operations'
  | 'rules'
  | 'rule'
  | 'missing';

/** `id` is the service's, probe's, SLO's or rule's name, the incident's number or the trace's id, else ''. */
export interface Route {
  page: PageName;
  id: string;
}

/** The part of the URL every page shares. `env` '' means all environments. */
export interface View extends Range {
  env: string;
}

export type Params = Record<string, string | number | readonly string[] | undefined>;

/** The pages in the bar at the top, in its order. `key` is typed after `g`. */
export const NAV: readonly { path: string; title: string; key: string; pages: readonly PageName[] }[] = [
  { path: '/', title: 'Overview', key: 'o', pages: ['overview'] },
  { path: '/services', title: 'Services', key: 's', pages: ['services', 'service'] },
  { path: '/map', title: 'Map', key: 'm', pages: ['map'] },
  { path: '/experience', title: 'Experience', key: 'e', pages: ['experience', 'probe', 'run'] },
  { path: '/transactions', title: 'Transactions', key: 'p', pages: ['transactions', 'transaction'] },
  { path: '/incidents', title: 'Incidents', key: 'i', pages: ['incidents', 'incident'] },
  { path: '/operations', title: 'Actions', key: 'a', pages: ['operations'] },
  { path: '/rules', title: 'Rules', key: 'r', pages: ['rules', 'rule'] },
  { path: '/traces', title: 'Traces', key: 't', pages: ['traces', 'trace', 'compare'] },
  { path: '/logs', title: 'Logs', key: 'l', pages: ['logs'] },
  { path: '/metrics', title: 'Metrics', key: 'x', pages: ['metrics'] },
  { path: '/capacity', title: 'Capacity', key: 'c', pages: ['capacity'] },
  { path: '/settings/senders', title: 'Senders', key: 'n', pages: ['senders'] },
];

/** Pages by the first part of their path: alone, and with a name or number behind it. */
const LISTS: Readonly<Record<string, PageName>> = {
  services: 'services',
  traces: 'traces',
  map: 'map',
  logs: 'logs',
  metrics: 'metrics',
  capacity: 'capacity',
  experience: 'experience',
  transactions: 'transactions',
  incidents: 'incidents',
  operations: 'operations',
  rules: 'rules',
  join: 'join',
};
const ITEMS: Readonly<Record<string, PageName>> = {
  services: 'service',
  traces: 'trace',
  experience: 'probe',
  runs: 'run',
  transactions: 'transaction',
  incidents: 'incident',
  rules: 'rule',
};
const SETTINGS: Readonly<Record<string, PageName>> = {
  senders: 'senders',
  receivers: 'receivers',
  users: 'users',
  tokens: 'tokens',
  audit: 'audit',
};
const MISSING: Route = { page: 'missing', id: '' };

/** Reads a path; what cannot be decoded is a page that does not exist. */
export function routeOf(pathname: string): Route {
  const parts = pathname.split('/').filter((part) => part !== '');
  const id = parts.length === 2 ? decoded(parts[1]!) : '';
  if (id === null || parts.length > 2) return MISSING;
  const [first = ''] = parts;
  if (first === '') return { page: 'overview', id: '' };
  if (first === 'traces' && id === 'compare') return { page: 'compare', id: '' };
  if (first === 'settings') return { page: own(SETTINGS, id) ?? 'missing', id: '' };
  const page = own(id === '' ? LISTS : ITEMS, first);
  return page === undefined ? MISSING : { page, id };
}

function own(pages: Readonly<Record<string, PageName>>, name: string): PageName | undefined {
  return Object.hasOwn(pages, name) ? pages[name] : undefined;
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

export function viewOf(params: URLSearchParams): View {
  return {
    from: params.get('from') || DEFAULT_RANGE.from,
    to: params.get('to') || DEFAULT_RANGE.to,
    env: params.get('env') ?? '',
  };
}

/** A link to `path` that keeps the view; what is at its default is left out, so that a plain view has a plain URL. */
export function link(path: string, view: View, params: Params = {}): string {
  const query = new URLSearchParams();
  if (view.from !== DEFAULT_RANGE.from || view.to !== DEFAULT_RANGE.to) {
    query.set('from', view.from);
    query.set('to', view.to);
  }
  if (view.env !== '') query.set('env', view.env);
  for (const [name, value] of Object.entries(params)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== '') query.append(name, String(each));
    }
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/**
 * The path of a service's page, or null for the names no URL can carry as a segment: '' is none, and browsers resolve
 * '.' and '..' (also as %2e) before a server sees them.
 */
export function servicePath(service: string): string | null {
  return namedPath('services', service);
}

/** As `servicePath`, of a probe's page. */
export function probePath(probe: string): string | null {
  return namedPath('experience', probe);
}

/** As `servicePath`, of a rule's page. */
export function rulePath(rule: string): string | null {
  return namedPath('rules', rule);
}

/** As `servicePath`, of the page of an SLO's transactions. */
export function transactionPath(slo: string): string | null {
  return namedPath('transactions', slo);
}

function namedPath(page: string, name: string): string | null {
  if (name === '' || name === '.' || name === '..') return null;
  return `/${page}/${encodeURIComponent(name.toWellFormed())}`;
}

/** The page of a probe's run. */
export function runPath(traceId: string): string {
  return `/runs/${encodeURIComponent(traceId.toWellFormed())}`;
}

export function tracePath(traceId: string): string {
  return `/traces/${encodeURIComponent(traceId.toWellFormed())}`;
}
