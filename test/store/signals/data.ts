/** Rows as the views write them, put straight into the tables: numbers that can be counted by hand. */
import type { Engine } from '../../../store/engine.ts';

/** A grid time well in the past, whole minute, unix ms. */
export const T0 = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 6 * 3_600_000;
export const MINUTE = 60_000;

export interface SpanRow {
  /** Milliseconds after T0. */
  at: number;
  service?: string;
  name?: string;
  kind?: string;
  status?: string;
  durationMs?: number;
  version?: string;
  environment?: string;
  traceState?: string;
  probe?: boolean;
  attributes?: Record<string, string>;
}

export async function storeSpans(engine: Engine, spans: readonly SpanRow[]): Promise<void> {
  await engine.insertRows(
    'otel_traces',
    spans.map((span, i) => ({
      Timestamp: time(span.at),
      TraceId: i.toString(16).padStart(32, '0'),
      SpanId: i.toString(16).padStart(16, '0'),
      ServiceName: span.service ?? 'shop',
      SpanName: span.name ?? 'GET /',
      SpanKind: span.kind ?? 'Server',
      StatusCode: span.status ?? 'Unset',
      Duration: Math.round((span.durationMs ?? 10) * 1e6),
      ServiceVersion: span.version ?? '1',
      Environment: span.environment ?? 'prod',
      TraceState: span.traceState ?? '',
      Probe: span.probe ?? false,
      SpanAttributes: span.attributes ?? {},
    })),
  );
}

export interface PointRow {
  at: number;
  value: number;
  /** Start of the series, milliseconds after T0; none without. */
  start?: number;
  service?: string;
  series?: number;
  attributes?: Record<string, string>;
  delta?: boolean;
  monotonic?: boolean;
}

/** Points of one metric, with its line in the catalogue. */
export async function storePoints(
  engine: Engine,
  kind: 'gauge' | 'sum',
  metric: string,
  points: readonly PointRow[],
): Promise<void> {
  await catalogue(engine, kind, metric);
  await engine.insertRows(
    `otel_metrics_${kind}`,
    points.map((point) => ({
      ...pointColumns(metric, point),
      Value: point.value,
      ValueKind: 'double',
      ...(kind === 'sum'
        ? { AggregationTemporality: point.delta ? 1 : 2, IsMonotonic: point.monotonic ?? true }
        : {}),
    })),
  );
}

export async function catalogue(engine: Engine, kind: string, metric: string): Promise<void> {
  await engine.insertRows('metric_catalogue', [
    { ServiceName: 'shop', MetricName: metric, Kind: kind, Points: 1, FirstSeen: time(0), LastSeen: time(0) },
  ]);
}

export function pointColumns(metric: string, point: Omit<PointRow, 'value'>): object {
  return {
    ServiceName: point.service ?? 'shop',
    MetricName: metric,
    Environment: 'prod',
    Attributes: point.attributes ?? {},
    SeriesId: point.series ?? 1,
    TimeUnix: time(point.at),
    ...(point.start === undefined ? {} : { StartTimeUnix: time(point.start) }),
  };
}

export const time = (at: number): string =>
  new Date(T0 + at).toISOString().replace('T', ' ').replace('Z', '');
