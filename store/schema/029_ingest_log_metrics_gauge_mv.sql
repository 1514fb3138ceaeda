CREATE MATERIALIZED VIEW IF NOT EXISTS ingest_log_metrics_gauge_mv TO ingest_log AS
SELECT getSetting('insert_deduplication_token') AS Token, 'otel_metrics_gauge' AS Target, count() AS Rows
FROM otel_metrics_gauge
