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
  | 'senders'
  | 'missing';

/** `id` is the service's name or the trace's id, else ''. */
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
  { path: '/traces', title: 'Traces', key: 't', pages: ['traces', 'trace', 'compare'] },
  { path: '/logs', title: 'Logs', key: 'l', pages: ['logs'] },
  { path: '/metrics', title: 'Metrics', key: 'x', pages: ['metrics'] },
  { path: '/settings/senders', title: 'Senders', key: 'n', pages: ['senders'] },
];

/** Reads a path; what cannot be decoded is a page that does not exist. */
export function routeOf(pathname: string): Route {
  const parts = pathname.split('/').filter((part) => part !== '');
  const id = parts.length === 2 ? decoded(parts[1]!) : '';
  if (id === null || parts.length > 2) return { page: 'missing', id: '' };
  const [first = ''] = parts;
  if (first === '') return { page: 'overview', id: '' };
  if (first === 'services') return { page: id === '' ? 'services' : 'service', id };
  if (first === 'traces' && id === 'compare') return { page: 'compare', id: '' };
  if (first === 'traces') return { page: id === '' ? 'traces' : 'trace', id };
  if ((first === 'map' || first === 'logs' || first === 'metrics') && id === '') return { page: first, id };
  if (first === 'settings' && id === 'senders') return { page: 'senders', id: '' };
  return { page: 'missing', id: '' };
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
  if (service === '' || service === '.' || service === '..') return null;
  return `/services/${encodeURIComponent(service.toWellFormed())}`;
}

export function tracePath(traceId: string): string {
  return `/traces/${encodeURIComponent(traceId.toWellFormed())}`;
}
