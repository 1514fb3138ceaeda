CREATE TABLE IF NOT EXISTS otel_metrics_histogram (
  {{metric_columns}},
  {{point_columns}},
  Count UInt64 CODEC(Delta, ZSTD(1)),
  Sum Float64 CODEC(ZSTD(1)),
  HasSum Bool CODEC(ZSTD(1)),
  Min Float64 CODEC(ZSTD(1)),
  HasMin Bool CODEC(ZSTD(1)),
  Max Float64 CODEC(ZSTD(1)),
  HasMax Bool CODEC(ZSTD(1)),
  BucketCounts Array(UInt64) CODEC(T64, ZSTD(1)),
  ExplicitBounds Array(Float64) CODEC(ZSTD(1)),
  {{exemplar_columns}},
  AggregationTemporality Int32 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, toStartOfHour(TimeUnix), SeriesId, TimeUnix)
SETTINGS ttl_only_drop_parts = 1, min_bytes_for_wide_part = 134217728, {{durable}}
