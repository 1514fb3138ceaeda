import { describe, expect, test } from 'vitest';
import { logRequests } from '../../bench/workload/logs.ts';
import { metricRequests } from '../../bench/workload/metrics.ts';
import type { ExportRequest } from '../../bench/workload/traces.ts';
import { admit } from '../../collector/wire/admit.ts';
import { decodeAs, encodeAs } from '../../drills/fuzz/decoded.ts';
import type { Signal } from '../../model/otlp.ts';

const START = Date.UTC(2026, 0, 15, 12);
const PER_REQUEST = 512;
const SOURCES: Record<'metrics' | 'logs', (seed: number) => Generator<ExportRequest, never>> = {
  metrics: (seed) => metricRequests({ seed, startAt: START, pointsPerRequest: PER_REQUEST }),
  logs: (seed) => logRequests({ seed, startAt: START, recordsPerRequest: PER_REQUEST }),
};
const take = (signal: 'metrics' | 'logs', seed: number, count: number) => {
  const source = SOURCES[signal](seed);
  return Array.from({ length: count }, () => source.next().value);
};

describe.each(['metrics', 'logs'] as const)('the workload of %s', (signal) => {
  const sent = take(signal, 1, 20);

  test('is what the protobuf library would have written', () => {
    for (const { body } of sent) expect(encodeAs(signal, decodeAs(signal, body)).equals(body)).toBe(true);
  });

  test('is the same for the same seed, and another for another', () => {
    expect(take(signal, 1, 3)).toEqual(sent.slice(0, 3));
    expect(take(signal, 2, 1)[0]!.body.equals(sent[0]!.body)).toBe(false);
  });

  test('is taken by the collector whole', () => {
    const window = { earliest: START * 1e6 - 1e9, latest: START * 1e6 + 3_600e9 };
    const services = new Set<string>();
    for (const { body, items } of sent) {
      const admission = admit(body, signal as Signal, window);
      expect(admission).toMatchObject({ accepted: items, rejected: 0 });
      for (const { service } of admission.sources) services.add(service);
    }
    expect(services.size).toBe(10);
  });
});

test('60 % of the points are sums and gauges, 30 % histograms, 10 % exponential', () => {
  interface Request {
    resourceMetrics: {
      scopeMetrics: {
        metrics: { kind: { case: string; value: { dataPoints: { exemplars: unknown[] }[] } } }[];
      }[];
    }[];
  }
  const counts: Record<string, number> = {};
  let exemplars = 0;
  for (const { body } of take('metrics', 1, 20))
    for (const { scopeMetrics } of decodeAs<Request>('metrics', body).resourceMetrics)
      for (const { metrics } of scopeMetrics)
        for (const { kind } of metrics) {
          counts[kind.case] = (counts[kind.case] ?? 0) + kind.value.dataPoints.length;
          for (const point of kind.value.dataPoints) exemplars += point.exemplars.length;
        }
  const all = 20 * PER_REQUEST;
  expect((counts.sum! + counts.gauge!) / all).toBeCloseTo(0.6, 1.5);
  expect(counts.histogram! / all).toBeCloseTo(0.3, 1.5);
  expect(counts.exponentialHistogram! / all).toBeCloseTo(0.1, 1.5);
  expect(exemplars).toBeGreaterThan(0);
});

test('half of the records have about 300 bytes, half about 1 kB', () => {
  const sizes: number[] = [];
  for (const { body } of take('logs', 1, 20)) {
    const { resourceLogs } = decodeAs<{ resourceLogs: { scopeLogs: { logRecords: object[] }[] }[] }>(
      'logs',
      body,
    );
    for (const { scopeLogs } of resourceLogs)
      for (const { logRecords } of scopeLogs)
        for (const record of logRecords) {
          const one = encodeAs('logs', {
            $typeName: 'otlp.ExportLogsServiceRequest',
            resourceLogs: [
              {
                $typeName: 'otlp.ResourceLogs',
                schemaUrl: '',
                scopeLogs: [{ $typeName: 'otlp.ScopeLogs', schemaUrl: '', logRecords: [record] }],
              },
            ],
          });
          sizes.push(one.length);
        }
  }
  const small = sizes.filter((size) => size < 500);
  const large = sizes.filter((size) => size >= 500);
  const mean = (all: number[]) => all.reduce((sum, size) => sum + size, 0) / all.length;
  expect(small.length / sizes.length).toBeCloseTo(0.5, 1);
  expect(mean(small)).toBeGreaterThan(240);
  expect(mean(small)).toBeLessThan(360);
  expect(mean(large)).toBeGreaterThan(800);
  expect(mean(large)).toBeLessThan(1_200);
});
