import type { Clock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import type { Token, TokenScope } from '../../model/access.ts';
import type { State } from '../../store/state/state.ts';
import { hashOf, newSecret } from './secrets.ts';

export interface TokenBook {
  list(): Token[];
  /** The secret is told once and never again. */
  add(name: string, scope: TokenScope, by: string): { token: Token; secret: string };
  /** At once. @throws Problem `not_found` */
  revoke(id: number): Token;
  /** Notes that it was used. No disk is touched: every request of a sender asks here. */
  find(secret: string): Token | undefined;
  /** Writes down when tokens were used; to be called about once a minute. */
  flush(): void;
}

const MOST_TOKENS = 1_000;

/** Tokens, in memory by their hashes; `state.db` has what is to last. */
export function createTokenBook({ tokens, transaction }: State, clock: Clock): TokenBook {
  const byHash = new Map(tokens.list().map(({ hash, ...token }) => [hash, token]));
  const used = new Map<number, number>();
  const flush = () => {
    if (used.size === 0) return;
    transaction(() => {
      for (const [id, at] of used) tokens.used(id, at);
    });
    used.clear();
  };
  return {
    list: () => [...byHash.values()].sort((a, b) => b.id - a.id),
    add: (name, scope, by) => {
      if (byHash.size >= MOST_TOKENS)
        throw new Problem('conflict', `There are ${MOST_TOKENS} tokens; revoke some that are not used`);
      const secret = newSecret('lwt');
      const token = tokens.add({ name, scope, hash: hashOf(secret), createdAt: clock.now(), createdBy: by });
      byHash.set(hashOf(secret), token);
      return { token, secret };
    },
    revoke: (id) => {
      for (const [hash, token] of byHash) {
        if (token.id !== id) continue;
        byHash.delete(hash);
        used.delete(id);
        tokens.remove(id);
        return token;
      }
      throw new Problem('not_found', `There is no token ${id}`);
    },
    find: (secret) => {
      const hash = hashOf(secret);
      const found = byHash.get(hash);
      if (found === undefined) return undefined;
      const at = minuteOf(clock.now());
      if (found.lastUsedAt !== at) {
        byHash.set(hash, { ...found, lastUsedAt: at });
        used.set(found.id, at);
      }
      return found;
    },
    flush,
  };
}

const minuteOf = (ms: number): number => Math.floor(ms / 60_000) * 60_000;
