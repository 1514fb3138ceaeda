-- The rollup of five seconds (004) by minute, for pages and long windows. Partial until merged: always read with sum()
-- and GROUP BY.
CREATE TABLE IF NOT EXISTS span_red_1m (
  Minute DateTime CODEC(Delta, ZSTD(1)),
  Environment LowCardinality(String) CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  ServiceVersion LowCardinality(String) CODEC(ZSTD(1)),
  SpanName LowCardinality(String) CODEC(ZSTD(1)),
  SpanKind LowCardinality(String) CODEC(ZSTD(1)),
  Root Bool CODEC(ZSTD(1)),
  Probe Bool CODEC(ZSTD(1)),
  Bucket Int16 CODEC(ZSTD(1)),
  Spans UInt64 CODEC(T64, ZSTD(1)),
  Requests Float64 CODEC(ZSTD(1)),
  Errors Float64 CODEC(ZSTD(1)),
  DurationNs Float64 CODEC(ZSTD(1))
)
ENGINE = SummingMergeTree((Spans, Requests, Errors, DurationNs))
PARTITION BY toDate(Minute)
ORDER BY (ServiceName, SpanName, SpanKind, Environment, ServiceVersion, Root, Probe, Minute, Bucket)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
