-- The rollup of five seconds (004) by minute, for pages and long windows. Partial until merged: always read with sum()
-- and GROUP BY.
CREATE TABLE IF NOT EXISTS span_red_1m (
  Minute DateTime CODEC(Delta, ZSTD(1)),
  Environment LowCardinality(String),
  ServiceName LowCardinality(String),
  ServiceVersion LowCardinality(String),
  SpanName LowCardinality(String),
  SpanKind LowCardinality(String),
  Root Bool,
  Probe Bool,
  Bucket Int16,
  Spans UInt64,
  Requests Float64,
  Errors Float64,
  DurationNs Float64
)
ENGINE = SummingMergeTree((Spans, Requests, Errors, DurationNs))
PARTITION BY toDate(Minute)
ORDER BY (ServiceName, SpanName, SpanKind, Environment, ServiceVersion, Root, Probe, Minute, Bucket)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
