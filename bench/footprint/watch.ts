import { pssMbOf } from '../harness/memory.ts';
import { cpuSecondsOf, processTree } from '../harness/processes.ts';

/** What a tree of processes takes from the machine. */
export interface Footprint {
  processes: number;
  /** At the end; MiB, proportional set size. */
  pssMb: number;
  /** Of one core. */
  cpuPercent: number;
}

/** Watches a process and everything below it for some seconds. */
export async function watch(pid: number, seconds: number): Promise<Footprint> {
  const before = cpuSecondsOf(pid);
  const began = performance.now();
  await pause(seconds * 1_000);
  const cpuSeconds = cpuSecondsOf(pid) - before;
  const elapsed = (performance.now() - began) / 1_000;
  return {
    processes: processTree(pid).length,
    pssMb: pssMbOf(pid),
    cpuPercent: (100 * cpuSeconds) / elapsed,
  };
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
