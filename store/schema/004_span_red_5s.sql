-- Rate, errors, duration by five seconds, the grid that rules are evaluated on: a window (t - w, t] of theirs is a run of
-- slots, exactly. A slot's time is its end, so that the slots of a window are those with Slot > t - w AND Slot <= t; a
-- span that starts on the boundary itself belongs to the slot after it. A row per occupied bucket of an exponential histogram at scale 3 (OTel data
-- model: bucket i holds (2^(i/8), 2^((i+1)/8)] nanoseconds, relative error <= 4.4 %): Apdex for any T, mergeable
-- percentiles and heat maps all come from it. Requests, Errors and DurationNs are weighted by the sampling probability
-- (tracestate ot=th); Spans counts what is really stored. Sums are partial until merged: always read with sum() and
-- GROUP BY. Time comes first in the key: rules read the last minutes of everything.
CREATE TABLE IF NOT EXISTS span_red_5s (
  Slot DateTime CODEC(Delta, ZSTD(1)),
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
PARTITION BY toDate(Slot)
ORDER BY (Slot, ServiceName, SpanName, SpanKind, Environment, ServiceVersion, Root, Probe, Bucket)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
