CREATE MATERIALIZED VIEW IF NOT EXISTS log_counts_5s_mv TO log_counts_5s AS
SELECT toDateTime(toStartOfInterval(TimestampTime, INTERVAL 5 SECOND)) + 5 AS Slot, Environment, ServiceName, SeverityNumber, count() AS Records
FROM otel_logs
GROUP BY Slot, Environment, ServiceName, SeverityNumber
