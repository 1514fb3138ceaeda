import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { findBrowser } from '../../synthetics/browser.ts';

/** A started product in a folder of its own, and how to be rid of both. */
export async function productInFolder(): Promise<{ product: Product; dispose: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'loopwatch-e2e-'));
  const product = await startProduct({ dataDir: folder, selfTelemetry: true });
  return {
    product,
    dispose: async () => {
      await product.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A real Chromium: Playwright's or the system's. */
export async function launchBrowser(): Promise<Browser> {
  const found = await findBrowser('', process.env.PATH ?? '');
  if (found === null)
    throw new Error(
      'These tests need a Chromium: npx playwright install chromium, or apt-get install chromium',
    );
  return chromium.launch({
    executablePath: found.path,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
}

/** Runs the instrumented service once against the product; gives the id of the trace it made. */
export async function runService(otlpUrl: string, service: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [fileURLToPath(new URL('./service.ts', import.meta.url))],
    {
      env: {
        PATH: process.env.PATH,
        OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_SERVICE_NAME: service,
        OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.4.3,deployment.environment.name=prod',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
      },
      timeout: 30_000,
    },
  );
  return stdout.trim();
}

/** Sends a log record of the trace, hostile as they come, and a metric, as OTLP/JSON. */
export async function sendSignals(otlpUrl: string, service: string, traceId: string): Promise<void> {
  const time = (msAgo: number) => `${Date.now() - msAgo}000000`;
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  const body = { stringValue: 'card declined <script>alert(1)</script> \u202e' };
  const logRecords = [{ timeUnixNano: time(500), severityNumber: 17, severityText: 'ERROR', body, traceId }];
  const dataPoints = [180_000, 120_000, 60_000, 1_000].map((ago, i) => ({
    timeUnixNano: time(ago),
    asDouble: i,
    attributes: [{ key: 'queue', value: { stringValue: '<b>mail</b>' } }],
  }));
  const metrics = [{ name: 'shop.queue.length', unit: '{message}', gauge: { dataPoints } }];
  await post(`${otlpUrl}/v1/logs`, { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
  await post(`${otlpUrl}/v1/metrics`, { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
}

async function post(url: string, body: object): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
}
