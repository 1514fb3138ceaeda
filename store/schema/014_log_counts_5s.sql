-- Log records by five seconds and severity (logs.proto SeverityNumber: 1-4 trace, 5-8 debug, 9-12 info, 13-16 warn,
-- 17-20 error, 21-24 fatal, 0 unknown). Slot is the end of the five seconds, as in span_red_5s. Partial until merged:
-- always read with sum() and GROUP BY.
CREATE TABLE IF NOT EXISTS log_counts_5s (
  Slot DateTime CODEC(Delta, ZSTD(1)),
  Environment LowCardinality(String) CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  SeverityNumber UInt8 CODEC(ZSTD(1)),
  Records UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = SummingMergeTree(Records)
PARTITION BY toDate(Slot)
ORDER BY (Slot, ServiceName, Environment, SeverityNumber)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
