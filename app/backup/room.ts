/** Folders as places to write to. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Problem } from '../../base/errors.ts';
import { formatSize } from '../../base/units.ts';

/** What a file system may need for itself, beside the files. */
const MARGIN = 1.05;

/** @throws Problem `no_room` when less is free where `folder` is, or will be, than `bytes` and a twentieth */
export async function mustHaveRoom(folder: string, bytes: number): Promise<void> {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = await statfs(there);
  if (bavail * bsize < bytes * MARGIN)
    throw new Problem(
      'no_room',
      `${folder} needs ${formatSize(bytes * MARGIN)}, and ${formatSize(bavail * bsize)} are free there. Make room, or choose another disk.`,
    );
}

/**
 * Nothing is ever written over. @param apart names that do not count
 * @throws Problem `not_empty` when there is something in it
 */
export function mustBeEmpty(folder: string, apart: readonly string[] = []): void {
  const about = statSync(folder, { throwIfNoEntry: false });
  if (about === undefined) return;
  if (!about.isDirectory()) throw new Problem('not_empty', `${folder} is no folder. Choose another.`);
  const found = readdirSync(folder).filter((name) => !apart.includes(name));
  if (found.length > 0)
    throw new Problem(
      'not_empty',
      `${folder} is not empty (${found.slice(0, 3).join(', ')}${found.length > 3 ? ', …' : ''}). Nothing is written over: choose an empty or a new folder.`,
    );
}
