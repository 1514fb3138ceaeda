import { cpus } from 'node:os';

/** Starts to measure; the function it returns tells the share of all cores that was busy since, 0..1. */
export function measureHostCpu(): () => number {
  const before = read();
  return () => {
    const after = read();
    const total = after.total - before.total;
    return total <= 0 ? 0 : Math.min(1, Math.max(0, 1 - (after.idle - before.idle) / total));
  };
}

function read(): { idle: number; total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, total };
}
