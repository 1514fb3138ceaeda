CREATE MATERIALIZED VIEW IF NOT EXISTS otel_metrics_summary_mv TO otel_metrics_summary AS
SELECT
  {{metric_names}},
  {{point_select}},
  point.count AS Count,
  point.sum AS Sum,
  point.quantile_values.quantile AS `ValueAtQuantiles.Quantile`,
  point.quantile_values.value AS `ValueAtQuantiles.Value`
FROM otlp_metrics_flat
ARRAY JOIN Summary AS point
