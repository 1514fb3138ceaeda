CREATE MATERIALIZED VIEW IF NOT EXISTS metric_catalogue_mv TO metric_catalogue AS
SELECT
  ServiceName, Environment, MetricName, Kind,
  MetricUnit AS Unit,
  CAST(if(AggregationTemporality IN (1, 2), AggregationTemporality, 0), 'Enum8(\'unspecified\' = 0, \'delta\' = 1, \'cumulative\' = 2)') AS Temporality,
  IsMonotonic AS Monotonic,
  anyLast(MetricDescription) AS Description,
  sum(length(times)) AS Points,
  {{time min(arrayMin(times))}} AS FirstSeen,
  {{time max(arrayMax(times))}} AS LastSeen
FROM (
  SELECT
    ServiceName, Environment, MetricName, MetricUnit, MetricDescription, AggregationTemporality, IsMonotonic,
    multiIf(notEmpty(Gauge), 'gauge', notEmpty(Sum), 'sum', notEmpty(Histogram), 'histogram',
      notEmpty(ExponentialHistogram), 'exponential_histogram', 'summary') AS Kind,
    {{metric_times}} AS times
  FROM otlp_metrics_flat
)
WHERE notEmpty(times)
GROUP BY ServiceName, Environment, MetricName, Kind, Unit, Temporality, Monotonic
