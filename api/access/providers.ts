import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { TokenScope } from '../../model/access.ts';
import type { Role } from '../../model/operation.ts';
import type { IdentityProvider } from '../identity.ts';
import { type Accounts, SESSION_MS } from './accounts.ts';
import type { TokenBook } from './tokens.ts';

/** The session's cookie: no script reads it, no other site's form sends it, and on TLS it never leaves TLS. */
export interface SessionCookie {
  read(c: Context): string | undefined;
  write(c: Context, session: string): void;
  clear(c: Context): void;
}

/** @param isSecure whether people come by https; then the name binds it to this host (RFC 6265bis, `__Host-`) */
export function sessionCookie(isSecure: boolean): SessionCookie {
  const name = isSecure ? '__Host-loopwatch' : 'loopwatch';
  const options = { path: '/', httpOnly: true, sameSite: 'Lax', secure: isSecure } as const;
  return {
    read: (c) => getCookie(c, name),
    write: (c, session) => setCookie(c, name, session, { ...options, maxAge: SESSION_MS / 1_000 }),
    clear: (c) => void deleteCookie(c, name, options),
  };
}

/** People, by their session. */
export function bySession(accounts: Accounts, cookie: SessionCookie): IdentityProvider {
  return {
    identify: (c) => {
      // A program that shows a token wants to be nobody else.
      const session = c.req.header('authorization') === undefined ? cookie.read(c) : undefined;
      const user = session === undefined ? null : accounts.userOf(session);
      return user && { name: user.name, role: user.role, via: 'session' };
    },
  };
}

/** What a token may do at the API; ingest and probe tokens are for the OTLP ports. */
const ROLE_OF: Partial<Record<TokenScope, Role>> = { read: 'viewer', admin: 'admin' };

/** Programs, by `Authorization: Bearer …`. */
export function byToken(tokens: TokenBook): IdentityProvider {
  return {
    identify: (c) => {
      const secret = /^bearer +(.+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
      const token = secret === undefined ? undefined : tokens.find(secret);
      const role = token && ROLE_OF[token.scope];
      return role === undefined ? null : { name: `token "${token!.name}"`, role, via: 'token' };
    },
  };
}
