import { readFileSync } from 'node:fs';
import { processTree } from '../../bench/harness/processes.ts';

const EVERY_MS = 50;
const MIB = 2 ** 20;

/** Watches the memory of a product, all its processes, by samples. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #peak = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#peak = rssOfTree(pid);
    this.#timer = setInterval(() => {
      this.#peak = Math.max(this.#peak, rssOfTree(this.#pid));
    }, EVERY_MS);
  }

  /** The highest resident set so far, MiB. */
  get peak(): number {
    return this.#peak / MIB;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Resident bytes of a process and all below it now (proc(5), `VmRSS`); 0 where there is no /proc. */
export function rssOfTree(root: number): number {
  let sum = 0;
  for (const { pid } of processTree(root)) {
    try {
      const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
      sum += Number(line?.[1] ?? 0) * 1_024;
    } catch {
      // Ended since, or no Linux.
    }
  }
  return sum;
}
