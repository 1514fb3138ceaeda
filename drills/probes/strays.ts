import { sleep } from '../../base/clock.ts';
import {
  commandOf,
  isAlive,
  type ProcessInfo,
  processes,
  processTree,
} from '../../bench/harness/processes.ts';

/** Watches what a process starts below itself, to find later what outlived its parent. */
export interface StrayWatch {
  /** Ends the watch. Of all processes seen, those that were to be gone and are not, as pid and command. */
  stop(): Promise<string[]>;
}

const EVERY_MS = 100;
/** A crash handler notices by itself that its browser is gone; on a busy machine that takes a while. */
const GONE_WITHIN_MS = 10_000;

/** Looks ten times a second; a process that leaves its parent is still known. */
export function watchStrays(root: number): StrayWatch {
  const seen = new Set<string>();
  const look = () => {
    for (const one of processTree(root)) if (one.pid !== root) seen.add(identity(one));
  };
  look();
  const before = new Set(seen);
  const timer = setInterval(look, EVERY_MS);
  const strays = () =>
    processes().filter((one) => seen.has(identity(one)) && !before.has(identity(one)) && isAlive(one.pid));
  return {
    stop: async () => {
      clearInterval(timer);
      const until = Date.now() + GONE_WITHIN_MS;
      while (strays().length > 0 && Date.now() < until) await sleep(EVERY_MS);
      return strays().map(({ pid }) => `${pid} ${commandOf(pid).slice(0, 100)}`);
    },
  };
}

const identity = ({ pid, born }: ProcessInfo): string => `${pid} ${born}`;
