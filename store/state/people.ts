import type { DatabaseSync } from 'node:sqlite';
import type { User } from '../../model/access.ts';
import type { Role } from '../../model/operation.ts';

/** People, their sessions, and links that work once. Hashes only: the secrets themselves are never here. */
export interface People {
  list(): User[];
  get(id: number): User | null;
  /** By the name as it is compared. `password` is '' until one was set. */
  byKey(key: string): { user: User; password: string } | null;
  /** @returns its id; undefined when the name is taken */
  add(user: { name: string; key: string; role: Role; at: number }): number | undefined;
  setRole(id: number, role: Role): void;
  setPassword(id: number, password: string): void;
  /** With its sessions and its link. */
  remove(id: number): void;
  loggedIn(id: number, at: number): void;
  sessions: {
    add(hash: string, user: number, at: number): void;
    get(hash: string): { user: User; createdAt: number; seenAt: number } | null;
    seen(hash: string, at: number): void;
    remove(hash: string): void;
    removeOf(user: number, exceptHash?: string): void;
    /** Forgets those created before or last seen before these times. */
    prune(createdBefore: number, seenBefore: number): void;
  };
  links: {
    /** Takes the place of an earlier one for the same user, or for a new administrator. */
    put(hash: string, user: number | null, expiresAt: number): void;
    get(hash: string): { user: number | null; expiresAt: number } | null;
    remove(hash: string): void;
  };
}

const USER = `id, name, role, created_at AS createdAt, last_login_at AS lastLoginAt, password = '' AS invited`;

/** People in `state.db`. */
export function sqlitePeople(db: DatabaseSync): People {
  const list = db.prepare(`SELECT ${USER} FROM users ORDER BY key`);
  const get = db.prepare(`SELECT ${USER} FROM users WHERE id = ?`);
  const byKey = db.prepare(`SELECT ${USER}, password FROM users WHERE key = ?`);
  const add = db.prepare(
    `INSERT INTO users (name, key, role, password, created_at) VALUES (?, ?, ?, '', ?) ON CONFLICT DO NOTHING RETURNING id`,
  );
  const setRole = db.prepare('UPDATE users SET role = ? WHERE id = ?');
  const setPassword = db.prepare('UPDATE users SET password = ? WHERE id = ?');
  const remove = db.prepare('DELETE FROM users WHERE id = ?');
  const loggedIn = db.prepare('UPDATE users SET last_login_at = ? WHERE id = ?');
  return {
    list: () => list.all().map(userOf),
    get: (id) => userOrNull(get.get(id)),
    byKey: (key) => {
      const row = byKey.get(key);
      return row === undefined ? null : { user: userOf(row), password: String(row.password) };
    },
    add: ({ name, key, role, at }) => (add.get(name, key, role, at) as { id: number } | undefined)?.id,
    setRole: (id, role) => void setRole.run(role, id),
    setPassword: (id, password) => void setPassword.run(password, id),
    remove: (id) => void remove.run(id),
    loggedIn: (id, at) => void loggedIn.run(at, id),
    sessions: sqliteSessions(db),
    links: sqliteLinks(db),
  };
}

function userOf(row: object): User {
  const { id, name, role, createdAt, lastLoginAt, invited } = row as User;
  return { id, name, role, createdAt, lastLoginAt, invited: Boolean(invited) };
}

const userOrNull = (row: object | undefined): User | null => (row === undefined ? null : userOf(row));

function sqliteSessions(db: DatabaseSync): People['sessions'] {
  const add = db.prepare('INSERT INTO sessions VALUES (?, ?, ?, ?)');
  const get = db.prepare(
    `SELECT s.created_at AS since, s.seen_at AS seenAt, u.* FROM sessions s
     JOIN (SELECT ${USER} FROM users) u ON u.id = s.user WHERE s.hash = ?`,
  );
  const seen = db.prepare('UPDATE sessions SET seen_at = ? WHERE hash = ?');
  const remove = db.prepare('DELETE FROM sessions WHERE hash = ?');
  const removeOf = db.prepare('DELETE FROM sessions WHERE user = ? AND hash != ?');
  const prune = db.prepare('DELETE FROM sessions WHERE created_at < ? OR seen_at < ?');
  return {
    add: (hash, user, at) => void add.run(hash, user, at, at),
    get: (hash) => {
      const row = get.get(hash) as { since: number; seenAt: number } | undefined;
      return row === undefined ? null : { user: userOf(row), createdAt: row.since, seenAt: row.seenAt };
    },
    seen: (hash, at) => void seen.run(at, hash),
    remove: (hash) => void remove.run(hash),
    removeOf: (user, exceptHash = '') => void removeOf.run(user, exceptHash),
    prune: (createdBefore, seenBefore) => void prune.run(createdBefore, seenBefore),
  };
}

function sqliteLinks(db: DatabaseSync): People['links'] {
  const forget = db.prepare('DELETE FROM links WHERE user IS ?');
  const put = db.prepare('INSERT INTO links VALUES (?, ?, ?)');
  const get = db.prepare('SELECT user, expires_at AS expiresAt FROM links WHERE hash = ?');
  const remove = db.prepare('DELETE FROM links WHERE hash = ?');
  return {
    put: (hash, user, expiresAt) => {
      forget.run(user);
      put.run(hash, user, expiresAt);
    },
    get: (hash) => (get.get(hash) as { user: number | null; expiresAt: number } | undefined) ?? null,
    remove: (hash) => void remove.run(hash),
  };
}
