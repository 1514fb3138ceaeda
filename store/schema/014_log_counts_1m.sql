-- Log records by minute and severity (logs.proto SeverityNumber: 1-4 trace, 5-8 debug, 9-12 info, 13-16 warn,
-- 17-20 error, 21-24 fatal, 0 unknown). Partial until merged: always read with sum() and GROUP BY.
CREATE TABLE IF NOT EXISTS log_counts_1m (
  Minute DateTime CODEC(Delta, ZSTD(1)),
  Environment LowCardinality(String),
  ServiceName LowCardinality(String),
  SeverityNumber UInt8,
  Records UInt64
)
ENGINE = SummingMergeTree(Records)
PARTITION BY toDate(Minute)
ORDER BY (ServiceName, Environment, SeverityNumber, Minute)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
