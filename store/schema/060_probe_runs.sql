-- One row for each run of a probe, also for those that did not happen (Verdict 'skipped'). A run and the one that
-- confirms it share their slot (ScheduledAt). Replacing, because a sender that lost our answer sends a run again: read it
-- with FINAL. By months, because it is small and kept for longer than spans.
CREATE TABLE IF NOT EXISTS probe_runs (
  Name LowCardinality(String),
  Location LowCardinality(String),
  ScheduledAt DateTime64(3) CODEC(Delta(8), ZSTD(1)),
  TraceId String CODEC(ZSTD(1)),
  SpanId String CODEC(ZSTD(1)),
  Kind LowCardinality(String),
  StartedAt DateTime64(3) CODEC(Delta(8), ZSTD(1)),
  DurationMs Float64 CODEC(ZSTD(1)),
  Verdict LowCardinality(String),
  FailureClass LowCardinality(String),
  FailureStep LowCardinality(String),
  FailureMessage String CODEC(ZSTD(1)),
  Skipped LowCardinality(String),
  Confirms String CODEC(ZSTD(1)),
  Definition LowCardinality(String),
  EveryMs UInt32 CODEC(ZSTD(1)),
  ThresholdMs Nullable(Float64) CODEC(ZSTD(1)),
  CertificateExpiresAt Nullable(DateTime64(3)) CODEC(ZSTD(1)),
  QueueDelayMs Float64 CODEC(ZSTD(1)),
  Concurrency UInt16 CODEC(ZSTD(1)),
  HostCpu Float32 CODEC(ZSTD(1)),
  Tainted Bool,
  Tags Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)),
  Artifacts String CODEC(ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ScheduledAt)
ORDER BY (Name, Location, ScheduledAt, TraceId)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
