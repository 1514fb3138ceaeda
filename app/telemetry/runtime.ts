import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';

/** Each look wakes the process, which is to rest while nothing happens. */
const RESOLUTION_MS = 100;

/**
 * This process and its event loop, by OpenTelemetry's semantic conventions for processes and Node.
 * @returns ends it
 */
export function watchRuntime(meter: Meter): () => void {
  const cpu = meter.createObservableCounter('process.cpu.time', { unit: 's' });
  const memory = meter.createObservableUpDownCounter('process.memory.usage', { unit: 'By' });
  meter.addBatchObservableCallback(
    (result) => {
      const { user, system } = process.cpuUsage();
      result.observe(cpu, user / 1e6, { 'cpu.mode': 'user' });
      result.observe(cpu, system / 1e6, { 'cpu.mode': 'system' });
      result.observe(memory, process.memoryUsage.rss());
    },
    [cpu, memory],
  );
  let before = performance.eventLoopUtilization();
  meter.createObservableGauge('nodejs.eventloop.utilization', { unit: '1' }).addCallback((result) => {
    const now = performance.eventLoopUtilization();
    result.observe(performance.eventLoopUtilization(now, before).utilization);
    before = now;
  });
  return watchDelay(meter);
}

/** How late the event loop was since the last time it was asked. */
function watchDelay(meter: Meter): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const gauge = (name: string) =>
    meter.createObservableGauge(`nodejs.eventloop.delay.${name}`, { unit: 's' });
  const [p50, p99, max] = [gauge('p50'), gauge('p99'), gauge('max')];
  meter.addBatchObservableCallback(
    (result) => {
      if (delay.count === 0) return;
      // The histogram holds the whole time between two looks.
      const late = (ns: number) => Math.max(0, ns / 1e9 - RESOLUTION_MS / 1e3);
      result.observe(p50, late(delay.percentile(50)));
      result.observe(p99, late(delay.percentile(99)));
      result.observe(max, late(delay.max));
      delay.reset();
    },
    [p50, p99, max],
  );
  return () => void delay.disable();
}
