-- One row for each step of a run. As probe_runs: read it with FINAL.
CREATE TABLE IF NOT EXISTS probe_steps (
  Name LowCardinality(String),
  Location LowCardinality(String),
  ScheduledAt DateTime64(3) CODEC(Delta(8), ZSTD(1)),
  TraceId String CODEC(ZSTD(1)),
  StepIndex UInt16 CODEC(ZSTD(1)),
  SpanId String CODEC(ZSTD(1)),
  Step LowCardinality(String),
  StartedAt DateTime64(6) CODEC(Delta(8), ZSTD(1)),
  DurationMs Float64 CODEC(ZSTD(1)),
  ObserverMs Float64 CODEC(ZSTD(1)),
  Verdict LowCardinality(String),
  Error String CODEC(ZSTD(1)),
  ThresholdMs Nullable(Float64) CODEC(ZSTD(1)),
  Requests UInt32 CODEC(ZSTD(1)),
  ConsoleErrors Nullable(UInt32) CODEC(ZSTD(1)),
  Screenshot String CODEC(ZSTD(1)),
  Lcp Nullable(Float64) CODEC(ZSTD(1)),
  Cls Nullable(Float64) CODEC(ZSTD(1)),
  Inp Nullable(Float64) CODEC(ZSTD(1)),
  Fcp Nullable(Float64) CODEC(ZSTD(1)),
  Ttfb Nullable(Float64) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ScheduledAt)
ORDER BY (Name, Location, ScheduledAt, TraceId, StepIndex)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
