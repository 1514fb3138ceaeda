CREATE MATERIALIZED VIEW IF NOT EXISTS otel_metrics_exponential_histogram_mv TO otel_metrics_exponential_histogram AS
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
  point.scale AS Scale,
  point.zero_count AS ZeroCount,
  point.zero_threshold AS ZeroThreshold,
  point.positive.offset AS PositiveOffset,
  point.positive.bucket_counts AS PositiveBucketCounts,
  point.negative.offset AS NegativeOffset,
  point.negative.bucket_counts AS NegativeBucketCounts,
  {{exemplar_select}},
  AggregationTemporality
FROM otlp_metrics_flat
ARRAY JOIN ExponentialHistogram AS point
