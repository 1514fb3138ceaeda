/** The store is held to the meaning of signals that rule tests have: the same cases, out of real tables. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../base/clock.ts';
import type { Labels } from '../../../model/signal.ts';
import { readInput } from '../../../rules/test/input.ts';
import type { ProbeResult } from '../../../rules/test/notation.ts';
import type { ProbeRuns, Series } from '../../../rules/test/table.ts';
import type { Engine } from '../../../store/engine.ts';
import { createSignalSource } from '../../../store/signals/source.ts';
import { startTestEngine, type TestEngine } from '../../helpers/engine.ts';
import {
  CONTRACT,
  CONTRACT_START,
  DURATION_TOLERANCE,
  differences,
  specOf,
} from '../../rules/signals-contract.ts';

const TABLES = [
  'otel_traces',
  'span_red_5s',
  'span_red_1m',
  'otel_logs',
  'log_counts_5s',
  'log_counts_1m',
  'otel_metrics_gauge',
  'otel_metrics_sum',
  'metric_catalogue',
  'service_seen',
  'probe_runs',
];
/** Within the five seconds before the time of a count. */
const BEFORE_MS = 2_500;
const SEVERITIES: Record<string, number> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 };

let it: TestEngine;
beforeAll(async () => {
  it = await startTestEngine();
});
afterAll(() => it?.stop());

const time = (t: number): string => new Date(t).toISOString().replace('T', ' ').replace('Z', '');
const without = (labels: Labels, names: readonly string[]): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();

async function storeSpans(engine: Engine, series: readonly Series[]): Promise<void> {
  const own = ['service.name', 'service.version', 'span.name', 'span.kind', 'status', 'probe'];
  const rows = series.flatMap(({ labels, durationMs, points }) =>
    points.flatMap(({ t, value }) =>
      Array.from({ length: value }, () => ({
        Timestamp: time(t - BEFORE_MS),
        ServiceName: labels['service.name'] ?? '',
        ServiceVersion: labels['service.version'] ?? '',
        SpanName: labels['span.name'] ?? '',
        SpanKind: capital(labels['span.kind'] ?? 'server'),
        StatusCode: capital(labels.status ?? 'unset'),
        Probe: labels.probe === 'true',
        Duration: durationMs * 1e6,
        SpanAttributes: without(labels, own),
      })),
    ),
  );
  await engine.insertRows('otel_traces', rows);
}

async function storeLogs(engine: Engine, series: readonly Series[]): Promise<void> {
  const rows = series.flatMap(({ labels, points }) =>
    points.flatMap(({ t, value }) =>
      Array.from({ length: value }, () => ({
        Timestamp: time(t - BEFORE_MS),
        TimestampTime: time(t - BEFORE_MS).slice(0, 19),
        ServiceName: labels['service.name'] ?? '',
        SeverityNumber: SEVERITIES[labels.severity ?? ''] ?? 0,
        LogAttributes: without(labels, ['service.name', 'severity']),
      })),
    ),
  );
  await engine.insertRows('otel_logs', rows);
}

async function storeMetrics(engine: Engine, series: readonly Series[], isCounter: boolean): Promise<void> {
  const kind = isCounter ? 'sum' : 'gauge';
  const rows = series.flatMap(({ metric, labels, points }, i) =>
    points
      .filter(({ value }) => Number.isFinite(value))
      .map(({ t, value }) => ({
        ServiceName: labels['service.name'] ?? '',
        MetricName: metric,
        Attributes: without(labels, ['service.name']),
        SeriesId: i + 1,
        TimeUnix: time(t),
        Value: value,
        ValueKind: 'double',
        ...(isCounter ? { AggregationTemporality: 2, IsMonotonic: true } : {}),
      })),
  );
  await engine.insertRows(`otel_metrics_${kind}`, rows);
  const names = [...new Set(series.map(({ metric }) => metric))];
  await engine.insertRows(
    'metric_catalogue',
    names.map((MetricName) => ({ MetricName, Kind: kind, Points: 1 })),
  );
}

/** What the columns say of each letter. */
const RESULTS: Record<ProbeResult, object> = {
  P: { Verdict: 'passed' },
  L: { Verdict: 'passed', Exceeded: [''] },
  F: { Verdict: 'failed', FailureClass: 'target' },
  S: { Verdict: 'skipped' },
  T: { Verdict: 'failed', FailureClass: 'assertion', Tainted: true },
  X: { Verdict: 'failed', FailureClass: 'probe' },
};

async function storeRuns(engine: Engine, probes: readonly ProbeRuns[]): Promise<void> {
  const rows = probes.flatMap(({ probe, location, durationMs, runs }) =>
    runs.map(({ t, result }, i) => ({
      Name: probe,
      Location: location,
      Kind: 'journey',
      ScheduledAt: time(t - BEFORE_MS),
      StartedAt: time(t - BEFORE_MS),
      DurationMs: durationMs,
      TraceId: `${probe}${location}${i}`,
      ...RESULTS[result],
    })),
  );
  await engine.insertRows('probe_runs', rows);
}

test.each(CONTRACT)('$name', async ({ input, signal, at, expected }) => {
  for (const table of TABLES) await it.engine.command(`TRUNCATE TABLE ${table}`);
  const { series, probes } = readInput(input, CONTRACT_START, (path, message) => {
    throw new Error(`${path}: ${message}`);
  });
  const of = (kind: Series['kind']) => series.filter((one) => one.kind === kind);
  await storeSpans(it.engine, of('spans'));
  await storeLogs(it.engine, of('logs'));
  await storeMetrics(it.engine, of('metric'), /increase|rate/.test(signal));
  await storeRuns(it.engine, probes);
  const source = createSignalSource(it.engine, systemClock);
  const reading = (await source.read(new Map([['it', specOf(signal)]]), CONTRACT_START + at)).get('it')!;
  if (!reading.ok) throw new Error(reading.error);
  const tolerance = /\bp\d/.test(signal) ? DURATION_TOLERANCE : 1e-6;
  expect(differences({ name: '', input, signal, at, expected }, reading.samples, tolerance)).toEqual([]);
});
