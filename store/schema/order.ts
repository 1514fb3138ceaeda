/**
 * Every object of the schema in the order in which it is created, one per file. Append only: an applied file never
 * changes, what must change later is a new file. A test holds this list against the folder.
 */
export const ORDER = [
  '001_otlp_traces',
  '002_otel_traces',
  '003_otel_traces_trace_id_ts',
  '004_span_red_1m',
  '005_service_seen',
  '006_ingest_log',
  '007_otel_traces_trace_id_ts_mv',
  '008_span_red_1m_mv',
  '009_service_seen_mv',
  '010_ingest_log_traces_mv',
  '011_otel_traces_mv',
] as const;
