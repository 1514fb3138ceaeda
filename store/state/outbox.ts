import type { DatabaseSync } from 'node:sqlite';
import type { DeadLetter, NoticeKind } from '../../model/incident.ts';
import type { Outbox, OutboxMessage } from './state.ts';

const COLUMNS = `seq, id, receiver, grp, incidents, kind, content, created_at, due, attempts, first_attempt_at, error,
  passed_on_by, passed_on`;

interface Row {
  seq: number;
  id: string;
  receiver: string;
  grp: string;
  incidents: string;
  kind: NoticeKind;
  content: string;
  created_at: number;
  due: number;
  attempts: number;
  first_attempt_at: number | null;
  settled_at: number | null;
  error: string;
  passed_on_by: string;
  passed_on: number;
}

/** Messages on their way; `installation` makes their ids differ from those of other installations. */
export function sqliteOutbox(db: DatabaseSync, installation: string): Outbox {
  return { ...writing(db, installation), ...settling(db), ...reading(db) };
}

function writing(
  db: DatabaseSync,
  installation: string,
): Pick<Outbox, 'add' | 'growing' | 'grow' | 'lastOf'> {
  const add = db.prepare(
    `INSERT INTO outbox (id, receiver, grp, incidents, kind, content, state, created_at, due, passed_on_by)
     VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?) RETURNING seq`,
  );
  const name = db.prepare('UPDATE outbox SET id = ? WHERE seq = ?');
  const growing = db.prepare(
    `SELECT ${COLUMNS} FROM outbox
     WHERE state = 'waiting' AND receiver = ? AND grp = ? AND attempts = 0 AND due > ? ORDER BY seq DESC LIMIT 1`,
  );
  const grow = db.prepare('UPDATE outbox SET incidents = ?, kind = ?, content = ? WHERE seq = ?');
  const last = db.prepare('SELECT max(created_at) AS at FROM outbox WHERE receiver = ? AND grp = ?');
  return {
    add: (message) => {
      const { seq } = add.get(
        `new-${installation}`,
        message.receiver,
        message.group,
        JSON.stringify(message.incidents),
        message.kind,
        message.content,
        message.createdAt,
        message.due,
        JSON.stringify(message.passedOnBy ?? []),
      ) as { seq: number };
      const id = `msg_${installation}_${seq}`;
      name.run(id, seq);
      return id;
    },
    growing: (receiver, group, now) => {
      const row = growing.get(receiver, group, now);
      return row === undefined ? null : messageOf(row);
    },
    grow: ({ seq, incidents, kind, content }) => void grow.run(JSON.stringify(incidents), kind, content, seq),
    lastOf: (receiver, group) => (last.get(receiver, group) as { at: number | null }).at,
  };
}

function settling(
  db: DatabaseSync,
): Pick<Outbox, 'attempt' | 'delivered' | 'retry' | 'dead' | 'markPassedOn' | 'revive' | 'prune'> {
  const attempt = db.prepare(
    'UPDATE outbox SET attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, ?) WHERE seq = ?',
  );
  const settle = db.prepare('UPDATE outbox SET state = ?, settled_at = ?, error = ? WHERE seq = ?');
  const retry = db.prepare('UPDATE outbox SET due = ?, error = ? WHERE seq = ?');
  const pass = db.prepare('UPDATE outbox SET passed_on = 1 WHERE seq = ?');
  const revive = db.prepare(
    `UPDATE outbox SET state = 'waiting', due = ?, attempts = 0, first_attempt_at = NULL, settled_at = NULL
     WHERE id = ? AND state = 'dead'`,
  );
  const prune = db.prepare("DELETE FROM outbox WHERE state != 'waiting' AND settled_at < ?");
  return {
    attempt: (seq, at) => void attempt.run(at, seq),
    delivered: (seq, at) => void settle.run('delivered', at, '', seq),
    dead: (seq, at, error) => void settle.run('dead', at, error, seq),
    retry: (seq, due, error) => void retry.run(due, error, seq),
    markPassedOn: (seq) => void pass.run(seq),
    revive: (id, due) => revive.run(due, id).changes > 0,
    prune: (before) => void prune.run(before),
  };
}

function reading(
  db: DatabaseSync,
): Pick<Outbox, 'waitsFor' | 'receivers' | 'waiting' | 'deadLetters' | 'counts'> {
  const waitsFor = db.prepare(
    `SELECT 1 FROM outbox WHERE state = 'waiting' AND receiver = ?
     AND EXISTS (SELECT 1 FROM json_each(outbox.incidents) WHERE value = ?) LIMIT 1`,
  );
  const receivers = db.prepare("SELECT DISTINCT receiver FROM outbox WHERE state = 'waiting'");
  const waiting = db.prepare(
    `SELECT ${COLUMNS} FROM outbox WHERE state = 'waiting' AND receiver = ? ORDER BY seq LIMIT ?`,
  );
  const dead = db.prepare(
    `SELECT ${COLUMNS}, settled_at FROM outbox WHERE state = 'dead' ORDER BY seq DESC LIMIT ?`,
  );
  const counts = db.prepare(
    `SELECT receiver, sum(state = 'waiting') AS waiting, sum(state = 'dead') AS dead,
       min(CASE WHEN state = 'waiting' THEN created_at END) AS oldest
     FROM outbox WHERE state IN ('waiting', 'dead') GROUP BY receiver`,
  );
  return {
    waitsFor: (receiver, incident) => waitsFor.get(receiver, incident) !== undefined,
    receivers: () => receivers.all().map((row) => (row as { receiver: string }).receiver),
    waiting: (receiver, limit) => waiting.all(receiver, limit).map(messageOf),
    deadLetters: (limit) => dead.all(limit).map(deadLetterOf),
    counts: () => counts.all().map((row) => ({ ...row }) as ReturnType<Outbox['counts']>[number]),
  };
}

function messageOf(given: unknown): OutboxMessage {
  const row = given as Row;
  return {
    seq: row.seq,
    id: row.id,
    receiver: row.receiver,
    group: row.grp,
    incidents: JSON.parse(row.incidents),
    kind: row.kind,
    content: row.content,
    createdAt: row.created_at,
    due: row.due,
    attempts: row.attempts,
    firstAttemptAt: row.first_attempt_at,
    error: row.error,
    passedOnBy: JSON.parse(row.passed_on_by),
    passedOn: row.passed_on === 1,
  };
}

function deadLetterOf(given: unknown): DeadLetter {
  const row = given as Row;
  return {
    id: row.id,
    receiver: row.receiver,
    incidents: JSON.parse(row.incidents),
    kind: row.kind,
    createdAt: row.created_at,
    diedAt: row.settled_at!,
    attempts: row.attempts,
    error: row.error,
  };
}
