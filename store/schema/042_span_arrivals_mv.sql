CREATE MATERIALIZED VIEW IF NOT EXISTS span_arrivals_mv TO span_arrivals AS
SELECT toStartOfMinute(Timestamp) AS Minute
FROM otel_traces
GROUP BY Minute
