import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { FINAL_STATUS, type Operation } from '../../model/operation.ts';
import type { OperationFilter, Operations } from './state.ts';

/** Operations, by id and by what guards ask for. */
export function sqliteOperations(db: DatabaseSync): Operations {
  const put = db.prepare(
    `INSERT INTO operations (id, rule, action, fingerprint, episode, incident, hook, target, proposed_at, dispatched_at, finished_at, live, operation)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET incident = excluded.incident, dispatched_at = excluded.dispatched_at,
       finished_at = excluded.finished_at, live = excluded.live, operation = excluded.operation`,
  );
  const get = db.prepare('SELECT operation FROM operations WHERE id = ?');
  const live = db.prepare('SELECT operation FROM operations WHERE live = 1 ORDER BY id');
  const ofEpisode = db.prepare(
    `SELECT operation FROM operations WHERE rule = ? AND fingerprint = ? AND episode = ? AND action = ? ORDER BY proposed_at`,
  );
  const touched = db.prepare(
    `SELECT max(max(dispatched_at, coalesce(finished_at, 0))) AS at FROM operations
     WHERE hook = ? AND target = ? AND dispatched_at IS NOT NULL AND id != ?`,
  );
  const sent = db.prepare(
    'SELECT count(*) AS count FROM operations WHERE rule = ? AND action = ? AND dispatched_at > ?',
  );
  return {
    put: (operations) => {
      for (const one of operations)
        put.run(
          one.id,
          one.rule,
          one.action,
          one.fingerprint,
          one.episode,
          one.incident,
          one.hook,
          one.target,
          one.proposedAt,
          one.dispatchedAt,
          one.finishedAt,
          FINAL_STATUS.has(one.status) ? 0 : 1,
          JSON.stringify(one),
        );
    },
    get: (id) => {
      const row = get.get(id);
      return row === undefined ? null : operationOf(row);
    },
    live: () => live.all().map(operationOf),
    ofEpisode: ({ rule, fingerprint, episode, action }) =>
      ofEpisode.all(rule, fingerprint, episode, action).map(operationOf),
    lastOnTarget: (hook, target, exceptId) =>
      (touched.get(hook, target, exceptId) as { at: number | null }).at,
    sentSince: (rule, action, since) => (sent.get(rule, action, since) as { count: number }).count,
    list: (filter) => list(db, filter),
  };
}

const operationOf = (row: unknown): Operation => JSON.parse((row as { operation: string }).operation);

/** Newest first. */
function list(
  db: DatabaseSync,
  { rule, incident, target, status, verdict, since, before, limit }: OperationFilter,
): Operation[] {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (condition: string, value: SQLInputValue | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  add('rule = ?', rule);
  add('incident = ?', incident);
  add('target = ?', target);
  if (status === 'live') conditions.push('live = 1');
  else add("json_extract(operation, '$.status') = ?", status);
  add("json_extract(operation, '$.verification.verdict') = ?", verdict);
  add('proposed_at >= ?', since);
  add('(proposed_at, id) < (SELECT proposed_at, id FROM operations WHERE id = ?)', before);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return db
    .prepare(`SELECT operation FROM operations ${where} ORDER BY proposed_at DESC, id DESC LIMIT ?`)
    .all(...values, limit)
    .map(operationOf);
}
