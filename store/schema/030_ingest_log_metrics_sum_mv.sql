CREATE MATERIALIZED VIEW IF NOT EXISTS ingest_log_metrics_sum_mv TO ingest_log AS
SELECT getSetting('insert_deduplication_token') AS Token, 'otel_metrics_sum' AS Target, count() AS Rows
FROM otel_metrics_sum
