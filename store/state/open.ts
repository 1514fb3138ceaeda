import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, Problem } from '../../base/errors.ts';
import { sqliteAudit } from './audit.ts';
import { sqliteIncidents } from './incidents.ts';
import { sqliteInstances } from './instances.ts';
import { sqliteOperations } from './operations.ts';
import { sqliteOutbox } from './outbox.ts';
import { sqlitePeople } from './people.ts';
import { sqliteSilences } from './silences.ts';
import type { Flags, State } from './state.ts';
import { sqliteTokens } from './tokens.ts';

/** In order; append only once released. The number of steps done is SQLite's `user_version`. */
export const STATE_STEPS = [
  '001_state',
  '002_operations',
  '003_findings',
  '004_changes_of_instances',
  '005_access',
] as const;
const BUSY_MS = 5_000;

/**
 * Opens `state.db` in the data folder, and brings it to this release's schema. WAL with `synchronous = FULL`: a
 * transaction that has returned survives a power cut.
 * @throws Problem `state_newer` | `state_unusable`
 */
export function openState(folder: string): State {
  const file = join(folder, 'state.db');
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    db = new DatabaseSync(file, { timeout: BUSY_MS });
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    migrate(db, file);
    return sqliteState(db);
  } catch (thrown) {
    db?.close();
    if (thrown instanceof Problem) throw thrown;
    throw new Problem(
      'state_unusable',
      `The state of rules and incidents, ${file}, cannot be used: ${messageOf(thrown)}. If it is damaged, move it away: what is open is then found again, its history is lost.`,
      { cause: thrown },
    );
  }
}

function migrate(db: DatabaseSync, file: string): void {
  const { user_version: done } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (done > STATE_STEPS.length)
    throw new Problem(
      'state_newer',
      `${file} was written by a newer Loopwatch (schema step ${done}, this release knows ${STATE_STEPS.length}). Start that release, or use another data folder.`,
    );
  STATE_STEPS.slice(done).forEach((step, i) => {
    const sql = readFileSync(new URL(`schema/${step}.sql`, import.meta.url), 'utf8');
    db.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${done + i + 1}; COMMIT`);
  });
}

function sqliteState(db: DatabaseSync): State {
  const flags = sqliteFlags(db);
  return {
    transaction: (work) => {
      db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        db.exec('COMMIT');
        return result;
      } catch (thrown) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw thrown;
      }
    },
    flags,
    instances: sqliteInstances(db),
    incidents: sqliteIncidents(db),
    outbox: sqliteOutbox(db, installation(flags)),
    silences: sqliteSilences(db),
    operations: sqliteOperations(db),
    people: sqlitePeople(db),
    tokens: sqliteTokens(db),
    audit: sqliteAudit(db),
    close: () => db.close(),
  };
}

/** Tells this installation from others at a receiver that hears of several. */
function installation(flags: Flags): string {
  const known = flags.get('installation');
  if (known !== null) return known;
  const made = randomBytes(6).toString('hex');
  flags.set('installation', made);
  return made;
}

function sqliteFlags(db: DatabaseSync): Flags {
  const get = db.prepare('SELECT value FROM flags WHERE name = ?');
  const set = db.prepare('INSERT INTO flags VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  return {
    get: (name) => (get.get(name) as { value: string } | undefined)?.value ?? null,
    set: (name, value) => void set.run(name, value),
  };
}
