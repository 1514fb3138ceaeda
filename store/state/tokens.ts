import type { DatabaseSync } from 'node:sqlite';
import type { Token } from '../../model/access.ts';

/** Tokens of programs, by the SHA-256 of their secret. */
export interface Tokens {
  list(): (Token & { hash: string })[];
  add(token: Omit<Token, 'id' | 'lastUsedAt'> & { hash: string }): Token;
  /** @returns whether there was one */
  remove(id: number): boolean;
  used(id: number, at: number): void;
}

const COLUMNS =
  'id, name, scope, created_at AS createdAt, created_by AS createdBy, last_used_at AS lastUsedAt';

/** Tokens in `state.db`. */
export function sqliteTokens(db: DatabaseSync): Tokens {
  const list = db.prepare(`SELECT ${COLUMNS}, hash FROM tokens ORDER BY id DESC`);
  const add = db.prepare(
    `INSERT INTO tokens (name, scope, hash, created_at, created_by) VALUES (?, ?, ?, ?, ?) RETURNING ${COLUMNS}`,
  );
  const remove = db.prepare('DELETE FROM tokens WHERE id = ?');
  const used = db.prepare('UPDATE tokens SET last_used_at = ? WHERE id = ?');
  return {
    list: () => list.all().map((row) => ({ ...row }) as unknown as Token & { hash: string }),
    add: ({ name, scope, hash, createdAt, createdBy }) => ({
      ...(add.get(name, scope, hash, createdAt, createdBy) as unknown as Token),
    }),
    remove: (id) => remove.run(id).changes > 0,
    used: (id, at) => void used.run(at, id),
  };
}
