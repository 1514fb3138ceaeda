CREATE MATERIALIZED VIEW IF NOT EXISTS ingest_log_logs_mv TO ingest_log AS
SELECT getSetting('insert_deduplication_token') AS Token, 'otel_logs' AS Target, count() AS Rows
FROM otel_logs
