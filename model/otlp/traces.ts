/** `trace/v1` and `collector/trace/v1`. */
import { type Layout, many, one } from './fields.ts';

export const traces: Layout = {
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
