CREATE MATERIALIZED VIEW IF NOT EXISTS log_counts_1m_mv TO log_counts_1m AS
SELECT toStartOfMinute(Slot - 5) AS Minute, Environment, ServiceName, SeverityNumber, sum(log_counts_5s.Records) AS Records
FROM log_counts_5s
GROUP BY Minute, Environment, ServiceName, SeverityNumber
