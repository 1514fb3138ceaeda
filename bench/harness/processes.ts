import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessInfo {
  pid: number;
  parent: number;
  /** User and system seconds, with those of ended children that were waited for. */
  cpuSeconds: number;
  /** When it began, as the system writes it: pids are used again. */
  born: string;
}

/** What the kernel counts in; 100 on every Linux Node runs on. */
const TICKS_PER_SECOND = 100;

/** All there are. */
export const processes = (): ProcessInfo[] => (process.platform === 'linux' ? fromProc() : fromPs());

/** The process and everything below it, itself first; empty when it is gone. */
export function processTree(root: number): ProcessInfo[] {
  const all = processes();
  const tree = all.filter(({ pid }) => pid === root);
  for (const member of tree) tree.push(...all.filter(({ parent }) => parent === member.pid));
  return tree;
}

/**
 * CPU-seconds of a product so far: of all its processes, so that what is handed to a child is counted too. A child's
 * seconds move into its parent's when it ends, so differences between two calls stay true.
 */
export function cpuSecondsOf(root: number): number {
  return processTree(root).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

/** The command line, '' when the process is gone. */
export function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/** False once the process has ended; one that nobody has waited for yet counts as ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).state !== 'Z';
  } catch {
    return false;
  }
}

function fromProc(): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      found.push({ pid: Number(name), ...parseStat(readFileSync(`/proc/${name}/stat`, 'utf8')) });
    } catch {
      // Ended since the folder was read.
    }
  }
  return found;
}

/** A line of `/proc/<pid>/stat` (proc(5)); the command in parentheses can hold anything. */
export function parseStat(text: string): Omit<ProcessInfo, 'pid'> & { state: string } {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // Counted from field 3 (state): utime 14, stime 15, cutime 16, cstime 17.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  // And starttime 22.
  return {
    state: fields[0]!,
    parent: Number(fields[1]),
    cpuSeconds: ticks / TICKS_PER_SECOND,
    born: fields[19]!,
  };
}

function fromPs(): ProcessInfo[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,time=,lstart='], { encoding: 'utf8' });
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, time, ...born] = line.trim().split(/\s+/);
      return {
        pid: Number(pid),
        parent: Number(parent),
        cpuSeconds: secondsOf(time!),
        born: born.join(' '),
      };
    });
}

/** `1-02:03:04`, `02:03:04` or `3:04.56` → seconds. */
function secondsOf(time: string): number {
  const [days, clock] = time.includes('-') ? time.split('-') : ['0', time];
  return clock!.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400;
}
