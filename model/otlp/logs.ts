/** `logs/v1` and `collector/logs/v1`. */
import { type Layout, many, one } from './fields.ts';

export const logs: Layout = {
  ExportLogsServiceRequest: [many(1, 'resource_logs', 'ResourceLogs')],
  ResourceLogs: [
    one(1, 'resource', 'Resource'),
    many(2, 'scope_logs', 'ScopeLogs'),
    one(3, 'schema_url', 'string'),
  ],
  ScopeLogs: [
    one(1, 'scope', 'InstrumentationScope'),
    many(2, 'log_records', 'LogRecord'),
    one(3, 'schema_url', 'string'),
  ],
  LogRecord: [
    one(1, 'time_unix_nano', 'fixed64'),
    one(2, 'severity_number', 'int32'),
    one(3, 'severity_text', 'string'),
    one(5, 'body', 'AnyValue'),
    many(6, 'attributes', 'KeyValue'),
    one(7, 'dropped_attributes_count', 'uint32'),
    one(8, 'flags', 'fixed32'),
    one(9, 'trace_id', 'bytes'),
    one(10, 'span_id', 'bytes'),
    one(11, 'observed_time_unix_nano', 'fixed64'),
    one(12, 'event_name', 'string'),
  ],
};
