import { existsSync, mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Problem } from '../../base/errors.ts';
import { putLinks } from '../../store/embedded/snapshot.ts';
import { STATE_STEPS } from '../../store/state/open.ts';
import { takeDataFolder } from '../data-folder.ts';
import type { Config } from '../settings.ts';
import type { Saying } from './backup.ts';
import { copyFile, forAll } from './copy.ts';
import { checkFiles, type Manifest, readManifest } from './manifest.ts';
import { OWN_FILES } from './own-files.ts';
import { mustBeEmpty, mustHaveRoom } from './room.ts';

/** Of the lock, which may be left of an earlier try. */
const LOCK_FILES = ['lock', 'lock.pid', 'lock-journal'];
/** Where files lie until all of them are there. */
const STAGE = 'restoring';

/**
 * Puts a backup into an empty or a new data folder. Everything is checked before the first file is written.
 * @throws Problem that says what is wrong with the backup or the place for it; nothing is mended
 */
export async function restore(config: Config, source: string, saying: Saying): Promise<Manifest> {
  const manifest = readManifest(source);
  mustFit(manifest, config);
  const folder = resolve(config['data-dir']);
  mustBeEmpty(folder, LOCK_FILES);
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  await mustHaveRoom(folder, bytes);
  saying.doing('checking', bytes);
  await checkFiles(source, manifest.files, saying);
  const data = takeDataFolder(folder, config['artifacts-dir']);
  try {
    saying.doing('restoring', bytes);
    const stage = join(folder, STAGE);
    await forAll(manifest.files, async ({ path, modified }) => {
      const to = path.startsWith('artifacts/')
        ? join(data.artifacts, path.slice('artifacts/'.length))
        : join(stage, path);
      // Artefacts are named by their content: one that is there is the same.
      if (path.startsWith('artifacts/') && existsSync(to)) return;
      await copyFile(join(source, path), to, saying);
      utimesSync(to, modified / 1_000, modified / 1_000);
    });
    if (manifest.store === 'embedded') putLinks(join(stage, 'store'), manifest.links);
    await putInPlace(stage, folder);
    return manifest;
  } finally {
    data.release();
  }
}

function mustFit({ version, store, schema }: Manifest, config: Config): void {
  if (schema.state > STATE_STEPS.length)
    throw new Problem(
      'backup_newer',
      `The backup was written by Loopwatch ${version}, which is newer than this release. Restore it with that release.`,
    );
  const wanted = config['clickhouse-url'] === '' ? 'embedded' : 'server';
  if (store === wanted) return;
  throw new Problem(
    'other_store',
    store === 'server'
      ? 'The backup is of a Loopwatch whose data is on a ClickHouse server: restore that server, and give its --clickhouse-url here.'
      : 'The backup holds the embedded store, which cannot be put on a ClickHouse server: leave --clickhouse-url away.',
  );
}

/** The store last: a folder without it is never taken for whole. */
async function putInPlace(stage: string, folder: string): Promise<void> {
  for (const name of [...OWN_FILES, 'state.db', 'journal'])
    if (existsSync(join(stage, name))) renameSync(join(stage, name), join(folder, name));
  if (existsSync(join(stage, 'store'))) {
    mkdirSync(join(folder, 'engine'), { mode: 0o700 });
    renameSync(join(stage, 'store'), join(folder, 'engine', 'store'));
  }
  rmSync(stage, { recursive: true, force: true });
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
