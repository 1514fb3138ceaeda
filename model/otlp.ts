/**
 * OTLP as one table: which messages there are and what their fields look like on the wire.
 * Source: opentelemetry-proto 1.11, `opentelemetry/proto/{common,resource,trace}/v1` and `collector/trace/v1`.
 * Everything that reads or writes OTLP protobuf derives from it: the collector's wire walk, the descriptors for the
 * protobuf library, the schema text for the engine. A further signal is a further set of messages here.
 */

export type Signal = 'traces' | 'metrics' | 'logs';

/** Enums are `int32` here: an enum number that is not known yet must pass. */
export type Scalar =
  | 'string'
  | 'bytes'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'double';

/**
 * `singular`: proto3 without presence. `optional`: proto3 with presence. `oneof`: member of the message's only oneof
 * (no OTLP message has two).
 */
export type Rule = 'singular' | 'optional' | 'repeated' | 'oneof';

export interface Field {
  /** 1 to 31: OTLP uses none above, and the walk's dispatch table has 32 places for each message. */
  number: number;
  name: string;
  /** A scalar, or the name of a message in the same layout. */
  type: string;
  rule: Rule;
}

/** Message name → its fields. */
export type Layout = Readonly<Record<string, readonly Field[]>>;

const one = (number: number, name: string, type: string): Field => ({ number, name, type, rule: 'singular' });
const many = (number: number, name: string, type: string): Field => ({
  number,
  name,
  type,
  rule: 'repeated',
});
const either = (number: number, name: string, type: string): Field => ({
  number,
  name,
  type,
  rule: 'oneof',
});

const common: Layout = {
  KeyValue: [one(1, 'key', 'string'), one(2, 'value', 'AnyValue')],
  AnyValue: [
    either(1, 'string_value', 'string'),
    either(2, 'bool_value', 'bool'),
    either(3, 'int_value', 'int64'),
    either(4, 'double_value', 'double'),
    either(5, 'array_value', 'ArrayValue'),
    either(6, 'kvlist_value', 'KeyValueList'),
    either(7, 'bytes_value', 'bytes'),
  ],
  ArrayValue: [many(1, 'values', 'AnyValue')],
  KeyValueList: [many(1, 'values', 'KeyValue')],
  InstrumentationScope: [
    one(1, 'name', 'string'),
    one(2, 'version', 'string'),
    many(3, 'attributes', 'KeyValue'),
    one(4, 'dropped_attributes_count', 'uint32'),
  ],
  Resource: [
    many(1, 'attributes', 'KeyValue'),
    one(2, 'dropped_attributes_count', 'uint32'),
    many(3, 'entity_refs', 'EntityRef'),
  ],
  EntityRef: [
    one(1, 'schema_url', 'string'),
    one(2, 'type', 'string'),
    many(3, 'id_keys', 'string'),
    many(4, 'description_keys', 'string'),
  ],
};

const traces: Layout = {
  ExportTraceServiceRequest: [many(1, 'resource_spans', 'ResourceSpans')],
  ResourceSpans: [
    one(1, 'resource', 'Resource'),
    many(2, 'scope_spans', 'ScopeSpans'),
    one(3, 'schema_url', 'string'),
  ],
  ScopeSpans: [
    one(1, 'scope', 'InstrumentationScope'),
    many(2, 'spans', 'Span'),
    one(3, 'schema_url', 'string'),
  ],
  Span: [
    one(1, 'trace_id', 'bytes'),
    one(2, 'span_id', 'bytes'),
    one(3, 'trace_state', 'string'),
    one(4, 'parent_span_id', 'bytes'),
    one(5, 'name', 'string'),
    one(6, 'kind', 'int32'),
    one(7, 'start_time_unix_nano', 'fixed64'),
    one(8, 'end_time_unix_nano', 'fixed64'),
    many(9, 'attributes', 'KeyValue'),
    one(10, 'dropped_attributes_count', 'uint32'),
    many(11, 'events', 'SpanEvent'),
    one(12, 'dropped_events_count', 'uint32'),
    many(13, 'links', 'SpanLink'),
    one(14, 'dropped_links_count', 'uint32'),
    one(15, 'status', 'Status'),
    one(16, 'flags', 'fixed32'),
  ],
  SpanEvent: [
    one(1, 'time_unix_nano', 'fixed64'),
    one(2, 'name', 'string'),
    many(3, 'attributes', 'KeyValue'),
    one(4, 'dropped_attributes_count', 'uint32'),
  ],
  SpanLink: [
    one(1, 'trace_id', 'bytes'),
    one(2, 'span_id', 'bytes'),
    one(3, 'trace_state', 'string'),
    many(4, 'attributes', 'KeyValue'),
    one(5, 'dropped_attributes_count', 'uint32'),
    one(6, 'flags', 'fixed32'),
  ],
  Status: [one(2, 'message', 'string'), one(3, 'code', 'int32')],
};

/** Every OTLP message this product reads. */
export const LAYOUT: Layout = { ...common, ...traces };

/** The message an export request of each signal is; a signal that is not there yet is not received. */
export const REQUEST: Readonly<Partial<Record<Signal, string>>> = { traces: 'ExportTraceServiceRequest' };
