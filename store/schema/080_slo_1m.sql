-- Events of each promise by minute: those that count, and the bad ones among them; weighted as in span_red_1m, Spans is
-- how many were stored. Written by a periodic job, not by a view: what counts is in files, and a transaction's spans
-- arrive in different segments. Counting a minute again replaces it (Version: unix ms of the counting), so always read
-- with FINAL. Definition is the hash of what is counted: after an edit the old counts are of another promise.
CREATE TABLE IF NOT EXISTS slo_1m (
  Slo LowCardinality(String),
  Definition LowCardinality(String),
  Minute DateTime CODEC(Delta, ZSTD(1)),
  Valid Float64,
  Bad Float64,
  Spans UInt64,
  Version UInt64
)
ENGINE = ReplacingMergeTree(Version)
PARTITION BY toYYYYMM(Minute)
ORDER BY (Slo, Definition, Minute)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
