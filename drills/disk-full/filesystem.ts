import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { NotRun } from '../../bench/harness/command.ts';
import type { Scratch } from '../../bench/harness/scratch.ts';

/** A file system of its own that holds little, and can be filled and emptied at will. */
export interface SmallDisk {
  folder: string;
  /** Takes whatever room is left, at this moment and from then on, until `free`. */
  fill(): void;
  /** Gives it back. */
  free(): void;
}

const REFILL_MS = 20;
const CHUNK = Buffer.alloc(64 * 2 ** 10, 1);

/** Mounts a tmpfs. @throws NotRun where mounting is not allowed */
export function mountSmallDisk(scratch: Scratch, folder: string, bytes: number): SmallDisk {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'tmpfs', folder], {
      stdio: 'pipe',
    });
  } catch (thrown) {
    throw new NotRun(`a small file system cannot be mounted here; run it as root (${messageOf(thrown)}).`);
  }
  scratch.atEnd(() => unmount(folder));
  const ballast = join(folder, 'ballast');
  let timer: NodeJS.Timeout | undefined;
  const free = () => {
    clearInterval(timer);
    rmSync(ballast, { force: true });
  };
  scratch.atEnd(free);
  return {
    folder,
    free,
    fill: () => {
      takeAll(ballast);
      timer = setInterval(() => takeAll(ballast), REFILL_MS);
    },
  };
}

/** Writes until the disk says no, down to its last page. */
function takeAll(path: string): void {
  const file = openSync(path, 'a');
  try {
    for (;;) if (writeSync(file, CHUNK) < CHUNK.length) return;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown;
  } finally {
    closeSync(file);
  }
}

/** Lazily: a product that is being killed may still have files open. */
function unmount(folder: string): void {
  try {
    execFileSync('umount', ['-l', folder], { stdio: 'pipe' });
  } catch (thrown) {
    process.stderr.write(`Could not unmount ${folder}: ${messageOf(thrown)}\n`);
  }
}
