CREATE MATERIALIZED VIEW IF NOT EXISTS otel_metrics_histogram_mv TO otel_metrics_histogram AS
SELECT
  {{metric_names}},
  {{point_select}},
  point.count AS Count,
  ifNull(point.sum, 0) AS Sum,
  isNotNull(point.sum) AS HasSum,
  ifNull(point.min, 0) AS Min,
  isNotNull(point.min) AS HasMin,
  ifNull(point.max, 0) AS Max,
  isNotNull(point.max) AS HasMax,
  point.bucket_counts AS BucketCounts,
  point.explicit_bounds AS ExplicitBounds,
  {{exemplar_select}},
  AggregationTemporality
FROM otlp_metrics_flat
ARRAY JOIN Histogram AS point
