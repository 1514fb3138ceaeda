-- Metrics out of requests; last of its signal, so that data flows only once everything behind it exists. A metric
-- without data has no points and leaves nothing.
CREATE MATERIALIZED VIEW IF NOT EXISTS otlp_metrics_flat_mv TO otlp_metrics_flat AS
SELECT
  resource AS ResourceAttributes,
  resource_schema_url AS ResourceSchemaUrl,
  resource_dropped AS ResourceDroppedAttrCount,
  scope_name AS ScopeName,
  scope_version AS ScopeVersion,
  scope_attributes AS ScopeAttributes,
  scope_dropped AS ScopeDroppedAttrCount,
  scope_schema_url AS ScopeSchemaUrl,
  environment AS Environment,
  resource['service.name'] AS ServiceName,
  resource['service.version'] AS ServiceVersion,
  metric.name AS MetricName,
  metric.description AS MetricDescription,
  metric.unit AS MetricUnit,
  {{labels metric.metadata}} AS MetricMetadata,
  greatest(metric.sum.aggregation_temporality, metric.histogram.aggregation_temporality, metric.exponential_histogram.aggregation_temporality) AS AggregationTemporality,
  metric.sum.is_monotonic AS IsMonotonic,
  source AS Source,
  metric.gauge.data_points AS Gauge,
  metric.sum.data_points AS Sum,
  metric.histogram.data_points AS Histogram,
  metric.exponential_histogram.data_points AS ExponentialHistogram,
  metric.summary.data_points AS Summary
FROM (
  SELECT
    resource, environment, resource_schema_url, resource_dropped,
    scoped.scope.name AS scope_name,
    scoped.scope.version AS scope_version,
    {{labels scoped.scope.attributes}} AS scope_attributes,
    scoped.scope.dropped_attributes_count AS scope_dropped,
    scoped.schema_url AS scope_schema_url,
    cityHash64(resource, scope_name, scope_attributes) AS source,
    scoped.metrics AS metrics
  FROM (
    SELECT
      {{labels resourced.resource.attributes}} AS resource,
      if(resource['deployment.environment.name'] != '', resource['deployment.environment.name'], resource['deployment.environment']) AS environment,
      resourced.resource.dropped_attributes_count AS resource_dropped,
      resourced.schema_url AS resource_schema_url,
      resourced.scope_metrics AS scope_metrics
    FROM otlp_metrics
    ARRAY JOIN resource_metrics AS resourced
  )
  ARRAY JOIN scope_metrics AS scoped
)
ARRAY JOIN metrics AS metric
