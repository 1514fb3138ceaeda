-- Columns and types of the contrib ClickHouse exporter (v0.151) plus what it drops (metrics.ts). Sorted
-- as its newest tables are (hour, then series), by a hash that knows the resource too: SeriesId.
-- Value is 0 where none was recorded (ValueKind none, Flags 1); ValueInt keeps integers that Float64 cannot.
CREATE TABLE IF NOT EXISTS otel_metrics_gauge (
  {{metric_columns}},
  {{point_columns}},
  Value Float64 CODEC(ZSTD(1)),
  ValueInt Int64 CODEC(ZSTD(1)),
  ValueKind Enum8('none' = 0, 'double' = 4, 'int' = 6) CODEC(ZSTD(1)),
  {{exemplar_columns}}
)
ENGINE = MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, toStartOfHour(TimeUnix), SeriesId, TimeUnix)
SETTINGS ttl_only_drop_parts = 1, {{durable}}
