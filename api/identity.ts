/** Who asks. */
import type { Context } from 'hono';
import type { Role } from '../model/operation.ts';

export interface Identity {
  /** '' where there is no log-in. */
  name: string;
  role: Role;
  via: 'session' | 'token' | 'machine';
}

/** One way to tell who asks; another log-in (OIDC) is another one of these, beside sessions and tokens. */
export interface IdentityProvider {
  /** Null: not by this way. */
  identify(c: Context): Identity | null;
}

/** Without log-in, whoever reaches the API on this machine is its administrator. */
export const thisMachine: IdentityProvider = {
  identify: () => ({ name: '', role: 'admin', via: 'machine' }),
};

/**
 * Who does it, for timelines and messages: who is logged in, whatever the body says; without log-in the name in `by`.
 * The audit log takes the same name.
 */
export function identityOf(c: Context, by: string): { by: string; role: Role } {
  const identity = c.get('identity') as Identity;
  if (identity.via !== 'machine') return { by: identity.name, role: identity.role };
  c.set('identity', { ...identity, name: by });
  return { by, role: identity.role };
}
