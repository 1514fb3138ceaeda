import { type Context, Hono } from 'hono';
import { Problem } from '../../base/errors.ts';
import type { SessionView } from '../../model/access.ts';
import type { Audit } from '../../store/state/audit.ts';
import { type Identity, identityOf } from '../identity.ts';
import { jsonBody } from '../same-origin.ts';
import type { Accounts } from './accounts.ts';
import { addressOf } from './address.ts';
import {
  auditParameters,
  joinBody,
  logInBody,
  lookBody,
  passwordBody,
  roleBody,
  tokenBody,
  userBody,
} from './bodies.ts';
import type { SessionCookie } from './providers.ts';
import type { TokenBook } from './tokens.ts';

export interface Access {
  /** `off`: everybody who reaches the API may do everything, and that is this machine only. */
  auth: SessionView['auth'];
  accounts: Accounts;
  tokens: TokenBook;
  audit: Audit;
  cookie: SessionCookie;
}

/** Log-in and links, users, tokens, the audit log. */
export function accessRoutes(access: Access) {
  return new Hono().route('/', sessionRoutes(access)).route('/', adminRoutes(access));
}

function sessionRoutes({ auth, accounts, cookie }: Access) {
  const begin = (c: Context, session: string) => {
    const { name, role } = accounts.userOf(session)!;
    cookie.write(c, session);
    c.set('identity', { name, role, via: 'session' } satisfies Identity);
    return c.json({ auth, user: { name, role } } satisfies SessionView);
  };
  return new Hono()
    .get('/session', (c) => {
      const identity = c.get('identity' as never) as Identity | undefined;
      const user = identity && identity.via !== 'machine' ? identity : null;
      return c.json({ auth, user: user && { name: user.name, role: user.role } } satisfies SessionView);
    })
    .post('/session', async (c) => {
      const { name, password } = await jsonBody(c, logInBody);
      about(c, name);
      return begin(c, await accounts.logIn(name, password, addressOf(c)));
    })
    .delete('/session', (c) => {
      const session = cookie.read(c);
      if (session !== undefined) accounts.logOut(session);
      cookie.clear(c);
      return c.json({ auth, user: null } satisfies SessionView);
    })
    .post('/session/password', async (c) => {
      const { current, next } = await jsonBody(c, passwordBody);
      const session = cookie.read(c);
      if (session === undefined) throw new Problem('unauthenticated', 'Only who is logged in has a password');
      await accounts.changePassword(session, current, next, addressOf(c));
      return c.json({ ok: true });
    })
    .post('/join/look', async (c) =>
      c.json(accounts.lookAt((await jsonBody(c, lookBody)).link, addressOf(c))),
    )
    .post('/join', async (c) => {
      const { link, name, password } = await jsonBody(c, joinBody);
      return begin(c, await accounts.join(link, name, password, addressOf(c)));
    });
}

function adminRoutes({ accounts, tokens, audit }: Access) {
  return new Hono()
    .get('/users', (c) => c.json({ users: accounts.list() }))
    .post('/users', async (c) => {
      const { name, role } = await jsonBody(c, userBody);
      about(c, `${name}, ${role}`);
      return c.json(accounts.invite(name, role), 201);
    })
    .post('/users/:id/role', async (c) => {
      const { role } = await jsonBody(c, roleBody);
      const user = accounts.setRole(idOf(c), role);
      about(c, `${user.name}, ${role}`);
      return c.json(user);
    })
    .post('/users/:id/reset', (c) => {
      const { user, link } = accounts.reset(idOf(c));
      about(c, user.name);
      return c.json({ user, link });
    })
    .delete('/users/:id', (c) => {
      about(c, accounts.remove(idOf(c)).name);
      return c.json({ ok: true });
    })
    .get('/tokens', (c) => c.json({ tokens: tokens.list() }))
    .post('/tokens', async (c) => {
      const { name, scope } = await jsonBody(c, tokenBody);
      about(c, `${name}, ${scope}`);
      const { by } = identityOf(c, 'somebody on this machine');
      return c.json(tokens.add(name, scope, by), 201);
    })
    .delete('/tokens/:id', (c) => {
      about(c, tokens.revoke(idOf(c)).name);
      return c.json({ ok: true });
    })
    .get('/audit', (c) => c.json(audit.list(auditParameters.parse(c.req.query()))));
}

/** What the audit log is to call it; the path alone would not say. */
const about = (c: Context, what: string): void => c.set('about', what);

function idOf(c: Context): number {
  const id = c.req.param('id') ?? '';
  if (!/^\d{1,15}$/.test(id)) throw new Problem('invalid_parameter', 'id: is not a number');
  return Number(id);
}
