import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { sleep } from '../../base/clock.ts';

/** What a supervisor leaves beside the store: its engine's process id and its own. */
export function ownership(enginePid: number | undefined): string {
  return `${enginePid} ${process.pid}`;
}

/**
 * Ends the engine of an earlier run, named in `pidFile`, whose supervisor is gone. Process ids are used again, so its
 * command line must say that it is one of ours.
 */
export function endOrphan(pidFile: string): void {
  const [engine, supervisor] = existsSync(pidFile)
    ? readFileSync(pidFile, 'utf8').split(' ').map(Number)
    : [];
  if (!engine || !supervisor || isAlive(supervisor) || !commandOf(engine).includes('embedded/child.ts'))
    return;
  try {
    process.kill(engine, 'SIGKILL');
  } catch {
    // It has ended by itself in this moment.
  }
}

/** The same, and waits until that engine has let go of the store. */
export async function endOrphanAndWait(pidFile: string): Promise<void> {
  endOrphan(pidFile);
  const engine = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8').split(' ')[0]) : 0;
  while (engine > 0 && isAlive(engine) && commandOf(engine).includes('embedded/child.ts')) await sleep(20);
}

/** Whether there is such a process. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function commandOf(pid: number): string {
  try {
    if (existsSync('/proc/self/cmdline'))
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
