-- Log records by minute and severity (014 by minute). Partial until merged: always read with sum() and GROUP BY.
CREATE TABLE IF NOT EXISTS log_counts_1m (
  Minute DateTime CODEC(Delta, ZSTD(1)),
  Environment LowCardinality(String) CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  SeverityNumber UInt8 CODEC(ZSTD(1)),
  Records UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = SummingMergeTree(Records)
PARTITION BY toDate(Minute)
ORDER BY (ServiceName, Environment, SeverityNumber, Minute)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
