CREATE MATERIALIZED VIEW IF NOT EXISTS service_seen_metrics_mv TO service_seen AS
SELECT
  ServiceName, Environment, ServiceVersion,
  {{time min(arrayMin(times))}} AS FirstSeen,
  {{time max(arrayMax(times))}} AS LastSeen
FROM (SELECT ServiceName, Environment, ServiceVersion, {{metric_times}} AS times FROM otlp_metrics_flat)
WHERE notEmpty(times)
GROUP BY ServiceName, Environment, ServiceVersion
