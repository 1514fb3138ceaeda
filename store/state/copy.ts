import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, Problem } from '../../base/errors.ts';

const BUSY_MS = 30_000;

/**
 * A copy of `state.db` as of one moment, whoever has it open.
 * @param folder the data folder
 * @param to a file that is not there yet
 * @returns its schema's step, or null when there is no state to copy
 * @throws Problem `state_unusable`
 */
export function copyState(folder: string, to: string): number | null {
  const file = join(folder, 'state.db');
  if (!existsSync(file)) return null;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: BUSY_MS });
    db.prepare('VACUUM INTO ?').run(to);
    chmodSync(to, 0o600);
    return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  } catch (thrown) {
    throw new Problem('state_unusable', `${file} cannot be copied: ${messageOf(thrown)}`, { cause: thrown });
  } finally {
    db?.close();
  }
}
