-- Every change of phase of an instance of a rule, for history and to hold replays against. Read with LIMIT 1 BY, as 047.
CREATE TABLE IF NOT EXISTS rule_transitions (
  Time DateTime64(3) CODEC(Delta, ZSTD(1)),
  Rule LowCardinality(String) CODEC(ZSTD(1)),
  Fingerprint String CODEC(ZSTD(1)),
  Labels Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  From LowCardinality(String) CODEC(ZSTD(1)),
  To LowCardinality(String) CODEC(ZSTD(1)),
  Episode UInt32 CODEC(ZSTD(1)),
  Reason LowCardinality(String) CODEC(ZSTD(1)),
  Flapping Bool CODEC(ZSTD(1)),
  Summary String CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(Time)
ORDER BY (Time, Rule, Fingerprint)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
