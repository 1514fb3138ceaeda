-- What rules saw: an instance's state after a tick, with the value of each of its branches. Written when something changed
-- and else every tenth tick, so that "why did it not fire" has an answer for any moment. Truth: 1 true, 0 false,
-- -1 unknown. Read with LIMIT 1 BY: a tick that is evaluated again after a crash writes its rows twice.
CREATE TABLE IF NOT EXISTS rule_evaluations (
  Time DateTime CODEC(Delta, ZSTD(1)),
  Rule LowCardinality(String) CODEC(ZSTD(1)),
  Fingerprint String CODEC(ZSTD(1)),
  Labels Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  Phase LowCardinality(String) CODEC(ZSTD(1)),
  Since DateTime64(3) CODEC(Delta, ZSTD(1)),
  Episode UInt32 CODEC(ZSTD(1)),
  Branches Nested (
    Id LowCardinality(String),
    Truth Int8,
    Value Nullable(Float64),
    Since Nullable(Int64),
    Why String
  ) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(Time)
ORDER BY (Rule, Fingerprint, Time)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
