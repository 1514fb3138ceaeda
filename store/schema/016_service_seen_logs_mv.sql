CREATE MATERIALIZED VIEW IF NOT EXISTS service_seen_logs_mv TO service_seen AS
SELECT ServiceName, Environment, ServiceVersion, min(Timestamp) AS FirstSeen, max(Timestamp) AS LastSeen
FROM otel_logs
GROUP BY ServiceName, Environment, ServiceVersion
