import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and all above it; nothing when it is there. Node's own `recursive` never ends below `/proc`, where a
 * folder that is there says that it is not (node 24.21).
 * @param mode of those that are made
 * @throws the system's error
 */
export function makeFolders(path: string, mode = 0o777): void {
  if (make(path, mode)) return;
  makeFolders(dirname(path), mode);
  if (!make(path, mode)) throw new Error(`no folder can be made at ${path}`);
}

/** @returns false when the one above it is not there */
function make(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(path) !== path) return false;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return true;
    throw thrown;
  }
}
