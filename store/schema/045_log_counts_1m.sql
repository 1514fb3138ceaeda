-- Log records by minute and severity (014 by minute). Partial until merged: always read with sum() and GROUP BY.
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
