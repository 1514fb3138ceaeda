import { isAlive, processTree } from '../../bench/harness/processes.ts';

/** Watches what a process starts below itself, to find later what outlived its parent. */
export interface StrayWatch {
  /** Ends the watch. Of all processes seen, those that are alive and were to be gone. */
  stop(): number[];
}

const EVERY_MS = 100;

/** Looks ten times a second; a process that leaves its parent is still known by its pid. */
export function watchStrays(root: number): StrayWatch {
  const seen = new Set<number>();
  const look = () => {
    for (const { pid } of processTree(root)) if (pid !== root) seen.add(pid);
  };
  look();
  const before = new Set(seen);
  const timer = setInterval(look, EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return [...seen].filter((pid) => !before.has(pid) && isAlive(pid));
    },
  };
}
