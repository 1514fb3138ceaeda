-- Who calls whom, by minute of the call's server or consumer span. Written by a periodic job, not by a view: parent and
-- child arrive in different segments. Reading a minute again replaces it (Version: unix ms of the reading), so always
-- read with FINAL. Sums are weighted as in span_red_1m; Buckets are those of its exponential histogram.
CREATE TABLE IF NOT EXISTS service_edges_1m (
  Minute DateTime CODEC(Delta, ZSTD(1)),
  Environment LowCardinality(String),
  Client LowCardinality(String),
  Server LowCardinality(String),
  Calls Float64,
  Errors Float64,
  DurationNs Float64,
  Buckets Nested (Bucket Int16, Calls Float64),
  Version UInt64
)
ENGINE = ReplacingMergeTree(Version)
PARTITION BY toDate(Minute)
ORDER BY (Environment, Client, Server, Minute)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
