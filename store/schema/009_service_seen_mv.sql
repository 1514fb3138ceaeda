CREATE MATERIALIZED VIEW IF NOT EXISTS service_seen_mv TO service_seen AS
SELECT ServiceName, Environment, ServiceVersion, min(Timestamp) AS FirstSeen, max(Timestamp) AS LastSeen
FROM otel_traces
GROUP BY ServiceName, Environment, ServiceVersion
