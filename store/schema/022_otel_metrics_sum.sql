CREATE TABLE IF NOT EXISTS otel_metrics_sum (
  {{metric_columns}},
  {{point_columns}},
  Value Float64 CODEC(ZSTD(1)),
  ValueInt Int64 CODEC(ZSTD(1)),
  ValueKind Enum8('none' = 0, 'double' = 4, 'int' = 6) CODEC(ZSTD(1)),
  {{exemplar_columns}},
  AggregationTemporality Int32 CODEC(ZSTD(1)),
  IsMonotonic Bool CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, toStartOfHour(TimeUnix), SeriesId, TimeUnix)
SETTINGS ttl_only_drop_parts = 1, min_bytes_for_wide_part = 134217728, {{durable}}
