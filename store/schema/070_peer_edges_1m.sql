-- What services call that sends no spans of its own: databases, queues, outside hosts, by minute of the calling span; and
-- which queues they read (Inbound). Written by the edges job, replaced and read as 040. A call that an instrumented
-- service answered counts 0 here: the row stays, so that it replaces one written before the answer was known.
CREATE TABLE IF NOT EXISTS peer_edges_1m (
  Minute DateTime CODEC(Delta, ZSTD(1)),
  Environment LowCardinality(String),
  Service LowCardinality(String),
  Kind Enum8('database' = 1, 'queue' = 2, 'host' = 3),
  System LowCardinality(String),
  Peer String,
  Inbound Bool,
  Calls Float64,
  Errors Float64,
  DurationNs Float64,
  Buckets Nested (Bucket Int16, Calls Float64),
  Version UInt64
)
ENGINE = ReplacingMergeTree(Version)
PARTITION BY toDate(Minute)
ORDER BY (Environment, Service, Kind, System, Peer, Inbound, Minute)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
