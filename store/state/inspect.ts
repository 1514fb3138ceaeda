import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { STATE_STEPS } from './open.ts';

const BUSY_MS = 5_000;

/** What `state.db` is like, looked at without changing it. */
export interface StateInspection {
  bytes: number;
  /** What SQLite's own check complains of; empty when nothing. */
  complaints: string[];
  /** Steps of its schema, and those this release knows. */
  step: number;
  known: number;
  /** Messages that no attempt could deliver, and those that wait, by receiver. */
  receivers: { receiver: string; waiting: number; dead: number; oldest: number | null }[];
}

/** @throws the system's or SQLite's error when it cannot be read */
export function inspectState(file: string): StateInspection {
  const url = pathToFileURL(file);
  // Without this, reading would leave a log of changes beside a file that nobody has open.
  if (!existsSync(`${file}-wal`)) url.searchParams.set('immutable', '1');
  const db = new DatabaseSync(url, { readOnly: true, timeout: BUSY_MS });
  try {
    const rows = db.prepare('PRAGMA quick_check(10)').all() as { quick_check: string }[];
    const { user_version: step } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    const receivers = db
      .prepare(
        `SELECT receiver, sum(state = 'waiting') AS waiting, sum(state = 'dead') AS dead,
           min(CASE WHEN state = 'waiting' THEN created_at END) AS oldest
         FROM outbox WHERE state IN ('waiting', 'dead') GROUP BY receiver ORDER BY receiver`,
      )
      .all() as unknown as StateInspection['receivers'];
    return {
      bytes: statSync(file).size,
      complaints: rows.map(({ quick_check }) => quick_check).filter((text) => text !== 'ok'),
      step,
      known: STATE_STEPS.length,
      receivers,
    };
  } finally {
    db.close();
  }
}
