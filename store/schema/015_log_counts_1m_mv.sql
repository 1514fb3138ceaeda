CREATE MATERIALIZED VIEW IF NOT EXISTS log_counts_1m_mv TO log_counts_1m AS
SELECT toStartOfMinute(TimestampTime) AS Minute, Environment, ServiceName, SeverityNumber, count() AS Records
FROM otel_logs
GROUP BY Minute, Environment, ServiceName, SeverityNumber
