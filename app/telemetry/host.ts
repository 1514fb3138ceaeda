import { statfs } from 'node:fs/promises';
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import type { Meter } from '@opentelemetry/api';

type CpuTimes = Record<'user' | 'nice' | 'sys' | 'idle' | 'irq', number>;

/**
 * CPU, memory, load and the disk of the data folder, by OpenTelemetry's semantic conventions for systems. By hand: the
 * ready-made package brings a library of 800 kB that runs programs of the system to learn less.
 */
export function watchHost(meter: Meter, dataFolder: string): void {
  watchCpu(meter);
  watchMemory(meter);
  watchDisk(meter, dataFolder);
  meter
    .createObservableGauge('system.cpu.load_average.1m', { unit: '{thread}' })
    .addCallback((result) => result.observe(loadavg()[0]!));
}

/** Shares of all processors together since the last time it was asked. */
function watchCpu(meter: Meter): void {
  let before = cpuTimes();
  meter.createObservableGauge('system.cpu.utilization', { unit: '1' }).addCallback((result) => {
    const now = cpuTimes();
    const spent = (mode: keyof CpuTimes) => now[mode] - before[mode];
    const total = spent('user') + spent('nice') + spent('sys') + spent('idle') + spent('irq');
    const modes = {
      user: spent('user') + spent('nice'),
      system: spent('sys') + spent('irq'),
      idle: spent('idle'),
    };
    if (total > 0)
      for (const [mode, ms] of Object.entries(modes)) result.observe(ms / total, { 'cpu.mode': mode });
    before = now;
  });
}

function cpuTimes(): CpuTimes {
  const sum: CpuTimes = { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 };
  for (const { times } of cpus())
    for (const mode of Object.keys(sum) as (keyof CpuTimes)[]) sum[mode] += times[mode];
  return sum;
}

/** What could be had counts as free, page cache included. */
function watchMemory(meter: Meter): void {
  const usage = meter.createObservableUpDownCounter('system.memory.usage', { unit: 'By' });
  const utilization = meter.createObservableGauge('system.memory.utilization', { unit: '1' });
  meter.addBatchObservableCallback(
    (result) => {
      const free = freemem();
      const used = totalmem() - free;
      result.observe(usage, used, { 'system.memory.state': 'used' });
      result.observe(usage, free, { 'system.memory.state': 'free' });
      result.observe(utilization, used / totalmem(), { 'system.memory.state': 'used' });
    },
    [usage, utilization],
  );
}

function watchDisk(meter: Meter, folder: string): void {
  const usage = meter.createObservableUpDownCounter('system.filesystem.usage', { unit: 'By' });
  const utilization = meter.createObservableGauge('system.filesystem.utilization', { unit: '1' });
  meter.addBatchObservableCallback(
    async (result) => {
      const disk = await statfs(folder).catch(() => undefined);
      if (disk === undefined) return;
      // As df: what is kept for root is neither used nor free to us.
      const free = disk.bavail * disk.bsize;
      const used = (disk.blocks - disk.bfree) * disk.bsize;
      result.observe(usage, used, { 'system.filesystem.state': 'used' });
      result.observe(usage, free, { 'system.filesystem.state': 'free' });
      if (used + free > 0)
        result.observe(utilization, used / (used + free), { 'system.filesystem.state': 'used' });
    },
    [usage, utilization],
  );
}
