CREATE MATERIALIZED VIEW IF NOT EXISTS ingest_log_traces_mv TO ingest_log AS
SELECT
  getSetting('insert_deduplication_token') AS Token,
  'otel_traces' AS Target,
  count() AS Rows,
  arraySort(groupUniqArray(toDateTime(toStartOfMinute(Timestamp)))) AS Minutes
FROM otel_traces
