/**
 * A small instrumented service, run as a process of its own: it starts the real OpenTelemetry SDK from the environment,
 * as a user's service would, makes one trace and prints its id.
 */
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
sdk.start();
const tracer = trace.getTracer('shop', '1.0.0');

const traceId = await tracer.startActiveSpan('POST /checkout', { kind: SpanKind.SERVER }, async (span) => {
  await tracer.startActiveSpan('reserve stock', async (inner) => {
    inner.setAttributes({
      'shop.items': ['<script>alert(1)</script>', 'tea'],
      'shop.count': 2,
      'shop.gift': false,
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    inner.end();
  });
  tracer.startActiveSpan('charge card', { kind: SpanKind.CLIENT }, (inner) => {
    inner.recordException(new Error('card declined'));
    inner.setStatus({ code: SpanStatusCode.ERROR, message: 'card declined' });
    inner.end();
  });
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
  return span.spanContext().traceId;
});

await sdk.shutdown();
process.stdout.write(traceId);
