-- One row for each metric, on its way: resource and scope are read once for all five tables of points. LowCardinality,
-- because what stands here is repeated for each point, and an index is cheaper to repeat than a text.
CREATE TABLE IF NOT EXISTS otlp_metrics_flat (
  {{metric_columns}},
  AggregationTemporality Int32,
  IsMonotonic Bool,
  Source UInt64,
  Gauge {{type Gauge.data_points}},
  Sum {{type Sum.data_points}},
  Histogram {{type Histogram.data_points}},
  ExponentialHistogram {{type ExponentialHistogram.data_points}},
  Summary {{type Summary.data_points}}
)
ENGINE = Null
