/** The OpenTelemetry SDK, set up to send to the product's own front door and to cost little. Loaded after the start. */
import { hostname } from 'node:os';
import { context, logs, metrics, trace } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { AlwaysOnSampler, BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import { idle } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { OWN_HEADER } from '../../collector/receive/door.ts';
import type { Signal } from '../../model/otlp.ts';
import { OWN_SERVICE } from '../../model/service.ts';
import { watchHost } from './host.ts';
import { startPulse } from './pulse.ts';
import { quiet } from './quiet.ts';
import { type HandledRequest, watchRequests } from './requests.ts';
import { watchRuntime } from './runtime.ts';
import { type ArrivalSources, type EngineSources, watchArrivals, watchEngine } from './stages.ts';

export interface SdkOptions {
  version: string;
  /** The product's own OTLP/HTTP address, on loopback where it listens there. */
  endpoint: string;
  /** Its ingest token, '' for none. */
  token: string;
  /** By which the door knows the product's own requests, see `OWN_HEADER`. */
  ownMark: string;
  /** Whose disk is watched. */
  dataFolder: string;
  /** Of a process that takes in telemetry. */
  arrivals?: ArrivalSources;
  /** Of the one that watches over the store. */
  engine?: EngineSources;
  log: Log;
  /** Milliseconds between two exports of metrics while something happens; default 15,000. At rest four times that. */
  everyMs?: number;
}

/** What is told to the SDK as it happens; everything else it looks at by itself. */
export interface Recorder {
  request(request: HandledRequest): void;
  insert(signal: Signal, ms: number, isStored: boolean): void;
  job(name: string, ms: number): void;
  /** Everything that is counted, now, in Prometheus' text format. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

const METRICS_EVERY_MS = 15_000;
/** The reader's own clock is not used, see `startPulse`. */
const NEVER_MS = 2 ** 31 - 1;
const SPANS_EVERY_MS = 5_000;
const EXPORT_WITHIN_MS = 5_000;
const STOP_WITHIN_MS = 1_000;
/** Spans beyond it are dropped: while the door refuses, nothing piles up. */
const MAX_QUEUED_SPANS = 256;
/** Seconds; an insert takes from 20 ms to some seconds. */
const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Nothing is instrumented by patching, so the SDK's own exports are never traced. What `OTEL_*` variables say is for the
 * user's programs, not for this: everything is said here.
 */
export async function startSdk(options: SdkOptions): Promise<Recorder> {
  const { version, endpoint, token, ownMark, log, everyMs = METRICS_EVERY_MS } = options;
  const headers = { [OWN_HEADER]: ownMark, ...(token === '' ? {} : { Authorization: `Bearer ${token}` }) };
  const exporter = (signal: Signal) => ({
    url: `${endpoint}/v1/${signal}`,
    headers,
    timeoutMillis: EXPORT_WITHIN_MS,
  });
  const reader = new PeriodicExportingMetricReader({
    exporter: quiet(new OTLPMetricExporter(exporter('metrics')), log),
    exportIntervalMillis: NEVER_MS,
    exportTimeoutMillis: EXPORT_WITHIN_MS,
  });
  // A reader for whoever asks; it serves nothing by itself.
  const asked = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer();
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': OWN_SERVICE,
        'service.version': version,
        'host.name': hostname(),
        'process.pid': process.pid,
      }),
    ),
    textMapPropagator: null,
    sampler: new AlwaysOnSampler(),
    metricReaders: [reader, asked],
    logRecordProcessors: [],
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: quiet(new OTLPTraceExporter(exporter('traces')), log),
        maxQueueSize: MAX_QUEUED_SPANS,
        maxExportBatchSize: MAX_QUEUED_SPANS,
        scheduledDelayMillis: SPANS_EVERY_MS,
        exportTimeoutMillis: EXPORT_WITHIN_MS,
      }),
    ],
  });
  sdk.start();
  const meter = metrics.getMeter(OWN_SERVICE, version);
  const advice = { explicitBucketBoundaries: SECONDS };
  const inserts = meter.createHistogram('loopwatch.drain.insert.duration', { unit: 's', advice });
  const jobs = meter.createHistogram('loopwatch.job.duration', { unit: 's', advice });
  const { arrivals } = options;
  if (arrivals) watchArrivals(meter, arrivals);
  if (options.engine) watchEngine(meter, options.engine);
  watchHost(meter, options.dataFolder);
  const stopRuntime = watchRuntime(meter);
  const watchRequest = watchRequests(trace.getTracer(OWN_SERVICE, version), meter);
  let handled = 0;
  const send = () => void reader.forceFlush().catch(() => {});
  // The page is alive from the first second.
  send();
  const activity = () => handled + (arrivals?.received().others.requests ?? 0);
  const stopPulse = startPulse({ everyMs, activity, send });
  return {
    request: (request) => {
      handled += 1;
      watchRequest(request);
    },
    insert: (signal, ms, isStored) =>
      inserts.record(ms / 1_000, {
        'loopwatch.signal': signal,
        'loopwatch.outcome': isStored ? 'stored' : 'failed',
      }),
    job: (name, ms) => jobs.record(ms / 1_000, { 'loopwatch.job': name }),
    metrics: async () => serializer.serialize((await asked.collect()).resourceMetrics),
    stop: async () => {
      stopPulse();
      stopRuntime();
      await Promise.race([sdk.shutdown().catch(() => {}), idle(STOP_WITHIN_MS)]);
      for (const api of [metrics, trace, logs, context]) api.disable();
    },
  };
}
