-- Which metrics there are and who sends them, independent of retention.
CREATE TABLE IF NOT EXISTS metric_catalogue (
  ServiceName LowCardinality(String),
  Environment LowCardinality(String),
  MetricName LowCardinality(String),
  Kind LowCardinality(String),
  Unit LowCardinality(String),
  Temporality Enum8('unspecified' = 0, 'delta' = 1, 'cumulative' = 2),
  Monotonic Bool,
  Description SimpleAggregateFunction(anyLast, String),
  Points SimpleAggregateFunction(sum, UInt64),
  FirstSeen SimpleAggregateFunction(min, DateTime64(3)),
  LastSeen SimpleAggregateFunction(max, DateTime64(3))
)
ENGINE = AggregatingMergeTree
ORDER BY (ServiceName, MetricName, Environment, Kind, Unit, Temporality, Monotonic)
SETTINGS {{durable}}
