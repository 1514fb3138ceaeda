/** The files of an embedded store at one moment, while it goes on or while nobody has it. */
import { linkSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { copyFile, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Engine } from '../engine.ts';
import { isAlive } from './orphan.ts';

/** A file of the store, or a link within it. */
export interface StoreFile {
  /** Within the store's folder. */
  path: string;
  /** Where its content is to be read from. */
  from: string;
}

export interface StoreLink {
  path: string;
  target: string;
}

export interface StoreSnapshot {
  files: StoreFile[];
  links: StoreLink[];
}

/** Directories beside the store's data that the engine makes anew. */
const MADE_ANEW = new Set(['shadow', 'tmp', 'status']);
const FROZEN = /^loopwatch_(\d+)$/;

/**
 * All tables at one moment: the parts they have are linked aside, which costs no room and no time. It is one statement for
 * the one session that writes, so no insert is between two tables.
 * @param store the store's folder
 * @returns the files, and `thaw`, which lets go of them
 */
export async function freezeStore(
  engine: Engine,
  store: string,
): Promise<StoreSnapshot & { thaw: () => void }> {
  removeAbandoned(store);
  const name = `loopwatch_${process.pid}`;
  const frozen = join(store, 'shadow', name);
  const thaw = () => rmSync(frozen, { recursive: true, force: true });
  const tables = await engine.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name`,
  );
  try {
    await engine.command(
      tables.map((table) => `ALTER TABLE \`${table.name}\` FREEZE WITH NAME '${name}'`).join(';\n'),
    );
    const tree = await walk(store, (path) => MADE_ANEW.has(path) || isOfTable(path));
    const parts = await walk(frozen, () => false);
    return { files: [...tree.files, ...parts.files], links: tree.links, thaw };
  } catch (thrown) {
    thaw();
    throw thrown;
  }
}

/** All that an engine would need to go on, of a store that nobody has open. */
export async function storeAtRest(store: string): Promise<StoreSnapshot> {
  return walk(store, (path) => MADE_ANEW.has(path));
}

/**
 * The same store in another folder of the same disk, for looking at: parts, which never change, are hard links, so it takes
 * no room. @param to a folder that is not there yet
 */
export async function linkStore(store: string, to: string): Promise<void> {
  const { files, links } = await storeAtRest(store);
  for (const { path, from } of files) {
    const target = join(to, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    if (isOfPart(path)) linkSync(from, target);
    else await copyFile(from, target);
  }
  putLinks(to, links);
}

/** Makes the links of a snapshot in a store's folder. */
export function putLinks(store: string, links: readonly StoreLink[]): void {
  for (const { path, target } of links) {
    mkdirSync(dirname(join(store, path)), { recursive: true, mode: 0o700 });
    symlinkSync(target, join(store, path));
  }
}

/** Whether it is a folder within a table's: a part, or what belongs to the table. `store/abc/<uuid>/<name>` */
const isOfTable = (path: string): boolean => /^store\/[^/]+\/[^/]+\/[^/.]+$/.test(path);

/** Whether it is a file of a part, which never changes. */
const isOfPart = (path: string): boolean =>
  path.split('/').length > 4 && !path.includes('/deduplication_logs/');

async function walk(root: string, isLeftOut: (path: string) => boolean): Promise<StoreSnapshot> {
  const found: StoreSnapshot = { files: [], links: [] };
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const from = join(folder, entry.name);
      const path = relative(root, from);
      if (entry.isSymbolicLink()) found.links.push({ path, target: readlinkSync(from) });
      else if (entry.isDirectory()) {
        if (!isLeftOut(path)) await visit(from);
      } else if (entry.isFile() && !isLeftOut(path)) found.files.push({ path, from });
    }
  };
  await visit(root);
  return found;
}

/** What a backup that was killed has left: it would keep room from being freed. */
function removeAbandoned(store: string): void {
  const shadow = join(store, 'shadow');
  for (const name of readdirSync(store).includes('shadow') ? readdirSync(shadow) : []) {
    const pid = Number(FROZEN.exec(name)?.[1]);
    if (pid && !isAlive(pid)) rmSync(join(shadow, name), { recursive: true, force: true });
  }
}
