/**
 * The real OpenTelemetry SDK, set up by the environment as in any user's service. Only `http` and the runtime are
 * instrumented: the bundle of all auto-instrumentations costs 11 MB more in each of the shop's processes.
 */
import { createRequire } from 'node:module';
import { metrics } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { NodeSDK } from '@opentelemetry/sdk-node';

/** Starts the SDK; call before anything else is imported. @returns its end, which sends what is left */
export function startTelemetry(): () => Promise<void> {
  const sdk = new NodeSDK({
    instrumentations: [new HttpInstrumentation(), new RuntimeNodeInstrumentation()],
  });
  sdk.start();
  // The instrumentation patches `http` when it is required; modules that import it share the patched object.
  createRequire(import.meta.url)('node:http');
  measureProcess();
  return () => sdk.shutdown();
}

/** Names and units: OpenTelemetry semantic conventions, process metrics. */
function measureProcess(): void {
  const meter = metrics.getMeter('shop.process');
  meter
    .createObservableUpDownCounter('process.memory.usage', { unit: 'By', description: 'Resident memory' })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));
  const cpu = meter.createObservableCounter('process.cpu.time', { unit: 's', description: 'CPU time' });
  cpu.addCallback((result) => {
    const { user, system } = process.cpuUsage();
    result.observe(user / 1e6, { 'cpu.mode': 'user' });
    result.observe(system / 1e6, { 'cpu.mode': 'system' });
  });
}
