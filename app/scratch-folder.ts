import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes a temporary folder of this process, and removes those of its kind that a process left which was killed: their
 * names hold its pid.
 * @param kind a word for the name
 * @param parent where temporary folders are
 */
export function takeScratchFolder(kind: string, parent = tmpdir()): string {
  const prefix = `loopwatch-${kind}-`;
  for (const name of readdirSync(parent).filter((one) => one.startsWith(prefix))) {
    const [pid] = name.slice(prefix.length).split('-');
    const folder = join(parent, name);
    if (isOurs(folder) && isGone(Number(pid))) rmSync(folder, { recursive: true, force: true });
  }
  return mkdtempSync(join(parent, `${prefix}${process.pid}-`));
}

/** Temporary folders are shared: what another user put there is left alone. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

function isGone(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  // In a container the one before us often had our own.
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
