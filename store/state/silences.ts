import type { DatabaseSync } from 'node:sqlite';
import type { Silence } from '../../model/rule.ts';
import type { Silences } from './state.ts';

const MOST_ENDED = 200;

/** Silences made by the API. */
export function sqliteSilences(db: DatabaseSync): Silences {
  const current = db.prepare('SELECT silence FROM silences WHERE ends_at > ? ORDER BY ends_at, id');
  const ended = db.prepare(
    `SELECT silence FROM silences WHERE ends_at <= ? ORDER BY ends_at DESC, id LIMIT ${MOST_ENDED}`,
  );
  const get = db.prepare('SELECT silence FROM silences WHERE id = ?');
  const put = db.prepare(
    `INSERT INTO silences VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
     starts_at = excluded.starts_at, ends_at = excluded.ends_at, silence = excluded.silence`,
  );
  const remove = db.prepare('DELETE FROM silences WHERE id = ?');
  return {
    list: (now, options = {}) =>
      [...current.all(now), ...(options.ended ? ended.all(now) : [])].map(silenceOf),
    get: (id) => {
      const row = get.get(id);
      return row === undefined ? null : silenceOf(row);
    },
    put: (silence) => void put.run(silence.id, silence.from, silence.to, JSON.stringify(silence)),
    remove: (id) => remove.run(id).changes > 0,
  };
}

const silenceOf = (row: unknown): Silence => JSON.parse((row as { silence: string }).silence);
