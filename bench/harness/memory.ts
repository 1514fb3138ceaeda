import { readFileSync } from 'node:fs';
import { processTree } from './processes.ts';

const MIB = 2 ** 20;
const EVERY_MS = 200;

/**
 * Proportional set size of the process and everything below it, in MiB: pages that processes share count once.
 * Source: `/proc/<pid>/smaps_rollup`, Linux only.
 */
export function pssMbOf(root: number): number {
  return sumOver(root, 'smaps_rollup', /^Pss:\s+(\d+) kB/m);
}

/** Resident memory of the process and everything below it, in MiB; shared pages count for each. Linux only. */
export function rssMbOf(root: number): number {
  return sumOver(root, 'status', /^VmRSS:\s+(\d+) kB/m);
}

/** The most resident memory one process ever had, in MiB, by the kernel's own count. Linux only; 0 when it is gone. */
export function peakRssMbOf(pid: number): number {
  return kilobytes(pid, 'status', /^VmHWM:\s+(\d+) kB/m) / 1_024;
}

/** Watches the resident memory of a product, all processes together. */
export interface MemoryWatch {
  /** Ends the watch. @returns the most it ever saw, MiB */
  stop(): number;
}

/** Looks five times a second. */
export function watchRss(root: number): MemoryWatch {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, rssMbOf(root));
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return peak;
    },
  };
}

function sumOver(root: number, file: string, line: RegExp): number {
  const members = processTree(root);
  return (members.reduce((sum, { pid }) => sum + kilobytes(pid, file, line), 0) * 1_024) / MIB;
}

function kilobytes(pid: number, file: string, line: RegExp): number {
  try {
    return Number(line.exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
