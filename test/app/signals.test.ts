/** The whole product as a process: what is posted for each signal is in its tables. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { waitUntil } from '../../bench/harness/settle.ts';
import type { Signal } from '../../model/otlp.ts';
import type { Engine } from '../../store/engine.ts';
import { attributes, encoded } from '../store/front-door.ts';

const folder = mkdtempSync(join(tmpdir(), 'lw-'));
let product: Product;
let engine: Engine;
beforeAll(async () => {
  product = await startProduct({ dataDir: folder });
  engine = product.engine();
}, 60_000);
afterAll(async () => {
  await engine?.close();
  product?.kill();
  await product?.ended;
  rmSync(folder, { recursive: true, force: true });
});

const now = BigInt(Date.now()) * 1_000_000n;
const resource = { attributes: attributes({ 'service.name': 'shop' }) };
const REQUESTS: Record<Signal, [table: string, request: object]> = {
  traces: [
    'otel_traces',
    {
      resourceSpans: [
        {
          resource,
          scopeSpans: [
            {
              spans: [
                {
                  traceId: new Uint8Array(16).fill(1),
                  spanId: new Uint8Array(8).fill(2),
                  startTimeUnixNano: now,
                  endTimeUnixNano: now,
                },
              ],
            },
          ],
        },
      ],
    },
  ],
  metrics: [
    'otel_metrics_sum',
    {
      resourceMetrics: [
        {
          resource,
          scopeMetrics: [
            {
              metrics: [
                {
                  name: 'orders',
                  kind: {
                    case: 'sum',
                    value: { dataPoints: [{ timeUnixNano: now, kind: { case: 'asInt', value: 5n } }] },
                  },
                },
              ],
            },
          ],
        },
      ],
    },
  ],
  logs: ['otel_logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [{ timeUnixNano: now }] }] }] }],
};

test.each(Object.entries(REQUESTS))(
  '%s',
  async (signal, [table, request]) => {
    const answer = await fetch(`${product.otlpUrl}/v1/${signal}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-protobuf' },
      body: encoded(signal as Signal, request),
    });
    expect([answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([200, 0]);
    await waitUntil(`${table} has it`, 15_000, async () => {
      const [row] = await engine.query<{ n: number }>(
        `SELECT count() AS n FROM ${table} WHERE ServiceName = 'shop'`,
      );
      return row!.n === 1;
    });
  },
  20_000,
);
