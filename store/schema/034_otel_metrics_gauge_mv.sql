CREATE MATERIALIZED VIEW IF NOT EXISTS otel_metrics_gauge_mv TO otel_metrics_gauge AS
SELECT
  {{metric_names}},
  {{point_select}},
  if(point.which = 6, toFloat64(point.as_int), point.as_double) AS Value,
  point.as_int AS ValueInt,
  CAST(point.which, 'Enum8(\'none\' = 0, \'double\' = 4, \'int\' = 6)') AS ValueKind,
  {{exemplar_select}}
FROM otlp_metrics_flat
ARRAY JOIN Gauge AS point
