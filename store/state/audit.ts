import type { DatabaseSync } from 'node:sqlite';
import type { AuditEntry, AuditView } from '../../model/access.ts';

/** What was done by whom. Append only: a trigger refuses to change an entry. */
export interface Audit {
  append(entry: Omit<AuditEntry, 'id'>): void;
  /** Newest first. @param before entries below this id */
  list(filter: { before?: number | undefined; limit: number }): AuditView;
  /** Forgets entries before this time, and the oldest beyond so many. */
  prune(before: number, most: number): void;
}

/** The audit log in `state.db`. */
export function sqliteAudit(db: DatabaseSync): Audit {
  const append = db.prepare(
    'INSERT INTO audit (at, who, role, address, action, target, status) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const list = db.prepare(
    `SELECT id, at, who, role, address, action, target, status FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?`,
  );
  const prune = db.prepare(
    'DELETE FROM audit WHERE at < ? OR id <= (SELECT coalesce(max(id), 0) FROM audit) - ?',
  );
  return {
    append: ({ at, who, role, address, action, target, status }) =>
      void append.run(at, who, role, address, action, target, status),
    list: ({ before = Number.MAX_SAFE_INTEGER, limit }) => {
      const rows = list.all(before, limit + 1).map((row) => ({ ...row }) as unknown as AuditEntry);
      const entries = rows.slice(0, limit);
      return { entries, next: rows.length > limit ? entries.at(-1)!.id : null };
    },
    prune: (before, most) => void prune.run(before, most),
  };
}
