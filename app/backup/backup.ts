import { mkdirSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, Problem } from '../../base/errors.ts';
import type { StoreLink } from '../../store/embedded/snapshot.ts';
import { schemaHash } from '../../store/schema/apply.ts';
import { copyState } from '../../store/state/copy.ts';
import type { Config } from '../settings.ts';
import { VERSION } from '../version.ts';
import { copyFile, describeFile, forAll, type Progress } from './copy.ts';
import { type ManifestFile, writeManifest } from './manifest.ts';
import { OWN_FILES } from './own-files.ts';
import { mustBeEmpty, mustHaveRoom } from './room.ts';
import { openSource, type Source, untilStored } from './source.ts';

/** What is being done, for the line of progress. */
export interface Saying extends Progress {
  doing(what: string, totalBytes?: number): void;
}

export interface BackupResult {
  from: Source['from'];
  store: Source['store'];
  files: number;
  bytes: number;
}

interface Item {
  path: string;
  from: string;
  /** May be gone when its turn comes. */
  passing: boolean;
}

/**
 * Everything of a data folder into `target`: store, state, artefacts, and of the journal what is not in the store. A product
 * that runs on it goes on; what it has acknowledged before the call is in the backup.
 * @param target an empty or a new folder
 * @param waitMs how long the journal may take to be stored
 * @throws Problem; what is in `target` then has no manifest and is no backup
 */
export async function backup(
  config: Config,
  target: string,
  waitMs: number,
  saying: Saying,
): Promise<BackupResult> {
  mustBeEmpty(target);
  const source = await openSource(config);
  try {
    if (source.from === 'running')
      await untilStored(source.folder, waitMs, (left) => {
        saying.signal?.throwIfAborted();
        saying.doing(`waiting until what was acknowledged is stored, ${left} segments left`);
      });
    saying.doing('looking');
    await mustHaveRoom(target, await sizeOf(source));
    mkdirSync(target, { recursive: true, mode: 0o700 });
    return await fill(source, target, saying);
  } finally {
    await source.release();
  }
}

/** @throws Problem `backup_failed` */
async function fill(source: Source, target: string, saying: Saying): Promise<BackupResult> {
  try {
    // The state first: rules go on from where it is, over data that is at least as new.
    const state = copyState(source.folder, join(target, 'state.db'));
    const { files, links } = await copyAll(source, target, saying);
    if (state !== null) files.push({ path: 'state.db', ...(await describeFile(join(target, 'state.db'))) });
    const { from, store } = source;
    await writeManifest(target, {
      ...{ version: VERSION, createdAt: new Date().toISOString(), from, store, files, links },
      schema: { hash: schemaHash(), state: state ?? 0 },
    });
    return { from, store, files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch (thrown) {
    throw new Problem(
      'backup_failed',
      `${messageOf(thrown)}. ${target} holds half a backup, which no restore takes: delete it.`,
      { cause: thrown },
    );
  }
}

async function copyAll(
  source: Source,
  target: string,
  saying: Saying,
): Promise<{ files: ManifestFile[]; links: StoreLink[] }> {
  const snapshot = await source.snapshot();
  try {
    const items = [
      ...snapshot.files.map(({ path, from }) => ({ path: `store/${path}`, from, passing: false })),
      ...(await journalOf(source)),
      ...ownFiles(source),
      ...(await artifactsOf(source)),
    ];
    const sizes = await Promise.all(
      items.map(({ from }) =>
        stat(from).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    saying.doing(
      'copying',
      sizes.reduce((sum, size) => sum + size, 0),
    );
    const files: ManifestFile[] = [];
    await forAll(items, async ({ path, from, passing }) => {
      const copied = await copyFile(from, join(target, path), saying).catch((thrown) => {
        if (passing && thrown.code === 'ENOENT') return null;
        throw thrown;
      });
      if (copied !== null) files.push({ path, ...copied });
    });
    return { files, links: snapshot.links };
  } finally {
    snapshot.thaw();
  }
}

/**
 * What the engine could not take, always; the segments themselves only while nobody drains them. Then the store's memory of
 * what it has taken is in the backup with them, so none is stored twice.
 */
async function journalOf({ folder, from }: Source): Promise<Item[]> {
  const items = await listed(join(folder, 'journal', 'set-aside'), 'journal/set-aside', true);
  if (from === 'stopped') items.push(...(await listed(join(folder, 'journal'), 'journal', false)));
  return items;
}

/** What else the product keeps beside its state: small files that are there or not. */
const ownFiles = ({ folder }: Source): Item[] =>
  OWN_FILES.map((name) => ({ path: name, from: join(folder, name), passing: true }));

/** By their hashes, in folders of the first two digits. */
async function artifactsOf({ artifacts }: Source): Promise<Item[]> {
  const parts = (await readdir(artifacts).catch(() => [])).filter((name) => /^[0-9a-f]{2}$/.test(name));
  const items = await Promise.all(
    parts.map((part) => listed(join(artifacts, part), `artifacts/${part}`, true)),
  );
  return items.flat().filter(({ path }) => !path.endsWith('.part'));
}

async function listed(folder: string, path: string, passing: boolean): Promise<Item[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => ({ path: `${path}/${name}`, from: join(folder, name), passing }));
}

/** Before anything is copied: what all of it takes now. */
async function sizeOf({ folder, artifacts }: Source): Promise<number> {
  const parts = [join(folder, 'engine', 'store', 'store'), join(folder, 'journal'), artifacts];
  const sizes = await Promise.all(parts.map(bytesBelow));
  const state = await stat(join(folder, 'state.db')).catch(() => null);
  return sizes.reduce((sum, size) => sum + size, state?.size ?? 0);
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let sum = 0;
  for (const entry of entries)
    if (entry.isFile())
      sum += (await stat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))).size;
  return sum;
}
