import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, Problem } from '../base/errors.ts';
import { makeFolders } from '../base/folder.ts';

export interface DataFolder {
  path: string;
  journal: string;
  engine: string;
  /** Files that probes left behind. */
  artifacts: string;
  /** For what runs: emptied at every start. */
  scratch: string;
  /** Lets go of the folder. */
  release(): void;
}

/**
 * Takes the data folder for this process alone. The lock is SQLite's own file lock, which the system drops when the
 * process ends, however it ends: there is no stale lock to remove by hand.
 * @param artifacts where files of probes are kept; '' for within the data folder
 * @throws Problem `folder_unusable` | `folder_in_use`
 */
export function takeDataFolder(path: string, artifacts = ''): DataFolder {
  const folder = resolve(path);
  try {
    makeFolders(folder, 0o700);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (thrown) {
    throw new Problem(
      'folder_unusable',
      `The data folder ${folder} cannot be written (${messageOf(thrown)}). Choose another with --data-dir.`,
    );
  }
  const lock = lockFolder(folder);
  return {
    path: folder,
    journal: join(folder, 'journal'),
    engine: join(folder, 'engine'),
    artifacts: artifacts === '' ? join(folder, 'artifacts') : resolve(artifacts),
    scratch: join(folder, 'scratch'),
    release: () => lock.close(),
  };
}

function lockFolder(folder: string): DatabaseSync {
  const owner = join(folder, 'lock.pid');
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(folder, 'lock'));
    lock.exec(
      'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS lock (held); COMMIT',
    );
    writeFileSync(owner, String(process.pid), { mode: 0o600 });
    return lock;
  } catch (thrown) {
    lock?.close();
    if (!/locked/.test(messageOf(thrown)))
      throw new Problem(
        'folder_unusable',
        `The data folder ${folder} cannot be locked (${messageOf(thrown)}). Choose another with --data-dir.`,
      );
    const pid = readOwner(owner);
    throw new Problem(
      'folder_in_use',
      `The data folder ${folder} is in use by another Loopwatch${pid}. Stop that one, or choose another folder with --data-dir.`,
    );
  }
}

function readOwner(file: string): string {
  try {
    return ` (process ${readFileSync(file, 'utf8').trim()})`;
  } catch {
    return '';
  }
}
