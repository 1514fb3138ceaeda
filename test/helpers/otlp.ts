/** Trace requests for tests, written by the protobuf library: a span is named by what matters in it, the rest is filled in. */
import { randomBytes } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import { admit } from '../../collector/wire/admit.ts';
import { descriptor } from '../../collector/wire/reencode.ts';

/** `BigInt`: int_value, also for whole numbers; an object is a map, `Double` forces a double. */
export type Value =
  | string
  | bigint
  | number
  | boolean
  | Uint8Array
  | Double
  | Value[]
  | { [key: string]: Value }
  | null;

/** A number that is sent as a double although it is whole. */
export class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export type Attributes = Record<string, Value>;

export interface SpanEventSpec {
  /** Nanoseconds after the span's start, or absolute as a bigint. */
  at?: number | bigint;
  name?: string;
  attributes?: Attributes;
  droppedAttributesCount?: number;
}

export interface SpanLinkSpec {
  traceId?: string;
  spanId?: string;
  traceState?: string;
  attributes?: Attributes;
  droppedAttributesCount?: number;
  flags?: number;
}

export interface SpanSpec {
  traceId?: string;
  spanId?: string;
  parentSpanId?: string;
  name?: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer; default 2. */
  kind?: number;
  /** Unix milliseconds, or nanoseconds as a bigint; default: a moment ago. */
  start?: number | bigint;
  durationMs?: number;
  /** Unix nanoseconds instead of a duration. */
  end?: bigint;
  traceState?: string;
  attributes?: Attributes;
  events?: SpanEventSpec[];
  links?: SpanLinkSpec[];
  /** 0 unset, 1 ok, 2 error. */
  status?: { code?: number; message?: string };
  flags?: number;
  dropped?: { attributes?: number; events?: number; links?: number };
}

export interface ResourceSpec {
  service?: string;
  environment?: string;
  version?: string;
  /** Of the resource, besides the three above. */
  attributes?: Attributes;
  schemaUrl?: string;
  scope?: { name?: string; version?: string; attributes?: Attributes; schemaUrl?: string };
  spans: SpanSpec[];
}

const REQUEST = descriptor('ExportTraceServiceRequest');

/** The bytes of an export request with these resources. */
export function traceRequest(...resources: ResourceSpec[]): Buffer {
  const resourceSpans = resources.map((resource) => ({
    resource: { attributes: keyValues(resourceAttributes(resource)) },
    schemaUrl: resource.schemaUrl ?? '',
    scopeSpans: [
      {
        scope: {
          name: resource.scope?.name ?? 'test',
          version: resource.scope?.version ?? '',
          attributes: keyValues(resource.scope?.attributes ?? {}),
        },
        schemaUrl: resource.scope?.schemaUrl ?? '',
        spans: resource.spans.map(span),
      },
    ],
  }));
  return Buffer.from(toBinary(REQUEST, create(REQUEST, { resourceSpans } as never)));
}

/** A request of `count` plain spans of one service. */
export const plainRequest = (count: number, service = 'shop', more: SpanSpec = {}): Buffer =>
  traceRequest({ service, spans: Array.from({ length: count }, () => more) });

/** What the door makes of a request. @throws when it would refuse anything in it */
export function admitted(request: Uint8Array): Uint8Array {
  const any = { earliest: Number.NEGATIVE_INFINITY, latest: Number.POSITIVE_INFINITY };
  const { body, rejected, reason } = admit(request, 'traces', any);
  if (rejected > 0) throw new Error(reason);
  return body;
}

export const newTraceId = (): string => randomBytes(16).toString('hex');
export const newSpanId = (): string => randomBytes(8).toString('hex');

function resourceAttributes({ service, environment, version, attributes }: ResourceSpec): Attributes {
  return {
    ...(service === undefined ? {} : { 'service.name': service }),
    ...(environment === undefined ? {} : { 'deployment.environment.name': environment }),
    ...(version === undefined ? {} : { 'service.version': version }),
    ...attributes,
  };
}

function span(spec: SpanSpec) {
  const given = spec.start ?? Date.now() - 1_000;
  const start = typeof given === 'bigint' ? given : BigInt(Math.round(given)) * 1_000_000n;
  return {
    traceId: bytes(spec.traceId ?? newTraceId()),
    spanId: bytes(spec.spanId ?? newSpanId()),
    parentSpanId: bytes(spec.parentSpanId ?? ''),
    traceState: spec.traceState ?? '',
    name: spec.name ?? 'GET /',
    kind: spec.kind ?? 2,
    startTimeUnixNano: start,
    endTimeUnixNano: spec.end ?? start + BigInt(Math.round((spec.durationMs ?? 1) * 1e6)),
    attributes: keyValues(spec.attributes ?? {}),
    droppedAttributesCount: spec.dropped?.attributes ?? 0,
    droppedEventsCount: spec.dropped?.events ?? 0,
    droppedLinksCount: spec.dropped?.links ?? 0,
    events: (spec.events ?? []).map((event) => ({
      timeUnixNano: typeof event.at === 'bigint' ? event.at : start + BigInt(event.at ?? 0),
      name: event.name ?? 'event',
      attributes: keyValues(event.attributes ?? {}),
      droppedAttributesCount: event.droppedAttributesCount ?? 0,
    })),
    links: (spec.links ?? []).map((link) => ({
      traceId: bytes(link.traceId ?? newTraceId()),
      spanId: bytes(link.spanId ?? newSpanId()),
      traceState: link.traceState ?? '',
      attributes: keyValues(link.attributes ?? {}),
      droppedAttributesCount: link.droppedAttributesCount ?? 0,
      flags: link.flags ?? 0,
    })),
    ...(spec.status === undefined ? {} : { status: { code: 0, message: '', ...spec.status } }),
    flags: spec.flags ?? 0,
  };
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

const keyValues = (attributes: Attributes): object[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

function anyValue(value: Value): object {
  if (value === null) return {};
  if (typeof value === 'string') return member('stringValue', value);
  if (typeof value === 'boolean') return member('boolValue', value);
  if (typeof value === 'bigint') return member('intValue', value);
  if (typeof value === 'number')
    return Number.isInteger(value) ? member('intValue', BigInt(value)) : member('doubleValue', value);
  if (value instanceof Double) return member('doubleValue', value.value);
  if (value instanceof Uint8Array) return member('bytesValue', value);
  if (Array.isArray(value)) return member('arrayValue', { values: value.map(anyValue) });
  return member('kvlistValue', { values: keyValues(value) });
}

const member = (name: string, value: unknown) => ({ kind: { case: name, value } });
