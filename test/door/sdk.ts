/** A program with the real OpenTelemetry SDK, set up by the environment alone; it makes three spans and ends. */
import { trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK();
sdk.start();
const tracer = trace.getTracer('door', '1.0.0');
for (const name of ['a', 'b', 'c'])
  tracer.startSpan(name, { attributes: { list: [1, 2], text: 'grüße' } }).end();
await sdk.shutdown();
