CREATE TABLE IF NOT EXISTS otel_metrics_summary (
  {{metric_columns}},
  {{point_columns}},
  Count UInt64 CODEC(Delta, ZSTD(1)),
  Sum Float64 CODEC(ZSTD(1)),
  ValueAtQuantiles Nested (Quantile Float64, Value Float64) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, toStartOfHour(TimeUnix), SeriesId, TimeUnix)
SETTINGS ttl_only_drop_parts = 1, min_bytes_for_wide_part = 134217728, {{durable}}
