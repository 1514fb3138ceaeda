/**
 * The real OpenTelemetry SDK, set up by the environment as in any user's service. Only `http` and the runtime are
 * instrumented: the bundle of all auto-instrumentations costs 11 MB more in each of the shop's processes.
 */
import { createRequire } from 'node:module';
import { DiagLogLevel, diag, metrics } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { NodeSDK } from '@opentelemetry/sdk-node';

/**
 * Starts the SDK; call before anything else is imported.
 * @param complain told what the SDK cannot do, as often as it happens
 * @returns its end, which sends what is left
 */
export function startTelemetry(complain: (message: string) => void): () => Promise<void> {
  const ignore = () => {};
  const error = (message: string) => complain(sentenceOf(message));
  const logger = { error, warn: ignore, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR });
  const sdk = new NodeSDK({
    instrumentations: [new HttpInstrumentation(), new RuntimeNodeInstrumentation()],
  });
  sdk.start();
  // The instrumentation patches `http` when it is required; modules that import it share the patched object.
  createRequire(import.meta.url)('node:http');
  measureProcess();
  return () => sdk.shutdown();
}

/** The SDK writes exceptions as JSON, stack and all. */
function sentenceOf(message: string): string {
  try {
    return String((JSON.parse(message) as { message: unknown }).message);
  } catch {
    return message;
  }
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
