/**
 * OTLP in its JSON encoding, as far as results of probes need it (opentelemetry-proto `docs/specification.md`, JSON
 * Protobuf Encoding: ids in hex, 64-bit integers as text).
 */

export type AttributeValue = string | number | boolean;
/** Undefined and null are left out. */
export type Attributes = Record<string, AttributeValue | null | undefined>;

export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: object[];
  status: { code?: number; message?: string };
}

export const SPAN_KIND = { internal: 1, client: 3 } as const;
export const STATUS_ERROR = 2;

/** Who speaks: the resource every span and point of a location carries. */
export interface Resource {
  location: string;
  version: string;
}

/** `service.name` of everything that probes send. */
export const SERVICE = 'loopwatch-synthetics';
const SCOPE = 'loopwatch.synthetics';

/** The body of `POST /v1/traces`. */
export const tracesBody = (resource: Resource, spans: readonly OtlpSpan[]): object => ({
  resourceSpans: [{ resource: resourceOf(resource), scopeSpans: [{ scope: scopeOf(resource), spans }] }],
});

/** One gauge with its points: attributes and value. */
export interface Gauge {
  name: string;
  unit: string;
  points: { attributes: Attributes; value: number }[];
}

/** The body of `POST /v1/metrics`. @param at unix milliseconds */
export const metricsBody = (resource: Resource, at: number, gauges: readonly Gauge[]): object => ({
  resourceMetrics: [
    {
      resource: resourceOf(resource),
      scopeMetrics: [{ scope: scopeOf(resource), metrics: gauges.map((gauge) => metricOf(gauge, at)) }],
    },
  ],
});

function metricOf({ name, unit, points }: Gauge, at: number): object {
  const dataPoints = points.map(({ attributes, value }) => ({
    attributes: keyValues(attributes),
    timeUnixNano: nanos(at),
    asDouble: value,
  }));
  return { name, unit, gauge: { dataPoints } };
}

const resourceOf = ({ location, version }: Resource): object => ({
  attributes: keyValues({
    'service.name': SERVICE,
    'service.version': version,
    'service.instance.id': location,
    'loopwatch.location': location,
  }),
});

const scopeOf = ({ version }: Resource): object => ({ name: SCOPE, version });

/** Unix milliseconds → nanoseconds as text, to the microsecond. */
export const nanos = (ms: number): string => `${BigInt(Math.round(ms * 1_000)) * 1_000n}`;

/** Attributes as OTLP writes them. */
export function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: AttributeValue): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
