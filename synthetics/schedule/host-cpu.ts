import { cpus } from 'node:os';

/** Ticks of the kernel's clock on all cores. */
export interface CpuTimes {
  busy: number;
  total: number;
}

/** A check is over in a few milliseconds and the kernel counts in tens: what is looked at is at least this long. */
const LEAST_MS = 500;
/** A run takes a minute at most, and a sample is taken about once a second. */
const KEPT = 150;

/** How busy the machine was while something was measured. */
export class HostCpu {
  readonly #now: () => number;
  readonly #read: () => CpuTimes;
  #samples: (CpuTimes & { at: number })[] = [];

  constructor(now: () => number, read: () => CpuTimes = readCpus) {
    this.#now = now;
    this.#read = read;
  }

  /** To be called about once a second. */
  sample(): void {
    const at = this.#now();
    const last = this.#samples.at(-1);
    // A clock that was set back makes the samples before it useless.
    if (last !== undefined && last.at > at) this.#samples = [];
    else if (last !== undefined && at - last.at < LEAST_MS) return;
    this.#samples.push({ at, ...this.#read() });
    if (this.#samples.length > KEPT) this.#samples.shift();
  }

  /** Share of all cores that was busy since this moment (unix milliseconds) or shortly before it, 0..1. */
  since(startedAt: number): number {
    const before = this.#samples.findLast(({ at }) => at <= startedAt - LEAST_MS) ?? this.#samples[0];
    const now = this.#read();
    if (before === undefined || now.total <= before.total) return 0;
    return Math.min(1, Math.max(0, (now.busy - before.busy) / (now.total - before.total)));
  }
}

function readCpus(): CpuTimes {
  const times = { busy: 0, total: 0 };
  for (const { times: core } of cpus()) {
    const all = core.user + core.nice + core.sys + core.idle + core.irq;
    times.total += all;
    times.busy += all - core.idle;
  }
  return times;
}
