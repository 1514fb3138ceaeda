-- First and last time each release of a service was seen, independent of retention.
CREATE TABLE IF NOT EXISTS service_seen (
  ServiceName LowCardinality(String),
  Environment LowCardinality(String),
  ServiceVersion LowCardinality(String),
  FirstSeen SimpleAggregateFunction(min, DateTime64(3)),
  LastSeen SimpleAggregateFunction(max, DateTime64(3))
)
ENGINE = AggregatingMergeTree
ORDER BY (ServiceName, Environment, ServiceVersion)
SETTINGS {{durable}}
