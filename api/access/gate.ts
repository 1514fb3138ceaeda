/** The one place that lets requests in: who asks, whether the table allows it, and a line in the audit log. */
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Clock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import { ROLES } from '../../model/access.ts';
import type { Audit } from '../../store/state/audit.ts';
import type { Identity, IdentityProvider } from '../identity.ts';
import { type Need, PERMISSIONS } from '../permissions.ts';
import { addressOf } from './address.ts';

export interface GateOptions {
  /** Asked in this order; the first that knows decides. */
  providers: readonly IdentityProvider[];
  audit?: Pick<Audit, 'append'> | undefined;
  clock: Clock;
}

const SAFE = ['GET', 'HEAD', 'OPTIONS'];
/** Changes nothing; its secret must be in no URL. */
const LOOKS = 'POST /api/join/look';
const MOST_TEXT = 300;

/** Refuses what `PERMISSIONS` does not allow, also a route it does not know. */
export function gate({ providers, audit, clock }: GateOptions): MiddlewareHandler {
  const identify = (c: Context): Identity | undefined => {
    for (const provider of providers) {
      const identity = provider.identify(c);
      if (identity !== null) return identity;
    }
    return undefined;
  };
  const record = (c: Context, route: string, status: number) => {
    const { name = '', role = '', via } = (c.get('identity') as Identity | undefined) ?? {};
    // Who is nobody and was refused could fill the log; failed log-ins come at a bounded rate.
    if (via === undefined && (status === 401 ? route !== 'POST /api/session' : status === 429)) return;
    audit?.append({
      at: clock.now(),
      who: name || (via === 'machine' ? 'somebody on this machine' : ''),
      role,
      address: addressOf(c),
      action: route,
      target: String(c.get('about') ?? c.req.path).slice(0, MOST_TEXT),
      status,
    });
  };
  return async (c, next) => {
    const route = routeOf(c);
    const identity = identify(c);
    c.set('identity', identity);
    c.set('stays', () => isEnough(needOf(route, c), identify(c)));
    const isChange = !SAFE.includes(c.req.method) && route !== LOOKS;
    try {
      check(needOf(route, c), identity);
    } catch (refused) {
      if (isChange) record(c, route, identity ? 403 : 401);
      throw refused;
    }
    await next();
    if (isChange) record(c, route, c.res.status);
  };
}

/** For answers that go on and on: whether who asked may still have them. */
export const stays = (c: Context): boolean => (c.get('stays') as () => boolean)();

/** `POST /api/incidents/:number/resolve`, as it is declared; '' where there is no such route. */
function routeOf(c: Context): string {
  const isHtml = (c.req.header('accept') ?? '').includes('text/html');
  // What Prometheus reads is a page to browsers.
  const route = matchedRoutes(c).find(
    ({ method, path }) => method !== 'ALL' && !(isHtml && path === '/metrics'),
  );
  // The pages answer to every path; the API's are not theirs.
  const isPage = route?.path === '/*' && isApi(c);
  return route === undefined || isPage ? '' : `${route.method} ${route.path}`;
}

const isApi = (c: Context): boolean => /^\/api(?:\/|$)/.test(c.req.path);

/** What is not there may be known to those who may come in. */
function needOf(route: string, c: Context): Need | undefined {
  if (route === '') return isApi(c) ? 'viewer' : 'anyone';
  return Object.hasOwn(PERMISSIONS, route) ? PERMISSIONS[route] : undefined;
}

/** @throws Problem `unauthenticated` | `forbidden` */
function check(need: Need | undefined, identity: Identity | undefined): void {
  if (isEnough(need, identity)) return;
  if (identity === undefined)
    throw new Problem('unauthenticated', 'Log in first, or send a token: "Authorization: Bearer …"');
  throw new Problem(
    'forbidden',
    need === undefined ? 'Nobody may do this' : `This is for the role ${need}; yours is ${identity.role}`,
  );
}

function isEnough(need: Need | undefined, identity: Identity | undefined): boolean {
  if (need === undefined) return false;
  if (need === 'anyone') return true;
  return identity !== undefined && ROLES.indexOf(identity.role) >= ROLES.indexOf(need);
}
