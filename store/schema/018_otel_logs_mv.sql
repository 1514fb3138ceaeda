-- Log records out of requests; last of its signal, so that data flows only once everything behind it exists.
-- Time is that of the event, else that of its observation, as contrib takes it; the door sees to it that one is there.
CREATE MATERIALIZED VIEW IF NOT EXISTS otel_logs_mv TO otel_logs AS
SELECT
  {{time if(log.time_unix_nano != 0, log.time_unix_nano, log.observed_time_unix_nano)}} AS Timestamp,
  lower(hex(log.trace_id)) AS TraceId,
  lower(hex(log.span_id)) AS SpanId,
  toUInt8(bitAnd(log.flags, 255)) AS TraceFlags,
  log.severity_text AS SeverityText,
  toUInt8(least(greatest(log.severity_number, 0), 255)) AS SeverityNumber,
  resource['service.name'] AS ServiceName,
  {{text log.body}} AS Body,
  resource_schema_url AS ResourceSchemaUrl,
  resource AS ResourceAttributes,
  scope_schema_url AS ScopeSchemaUrl,
  scope_name AS ScopeName,
  scope_version AS ScopeVersion,
  scope_attributes AS ScopeAttributes,
  {{attributes log.attributes}} AS LogAttributes,
  environment AS Environment,
  resource['service.version'] AS ServiceVersion,
  log.event_name AS EventName,
  {{time log.observed_time_unix_nano}} AS ObservedTimestamp,
  log.flags AS Flags,
  log.dropped_attributes_count AS DroppedAttributesCount,
  resource_dropped AS ResourceDroppedAttrCount,
  scope_dropped AS ScopeDroppedAttrCount
FROM (
  SELECT
    resource, environment, resource_schema_url, resource_dropped,
    scoped.scope.name AS scope_name,
    scoped.scope.version AS scope_version,
    {{attributes scoped.scope.attributes}} AS scope_attributes,
    scoped.scope.dropped_attributes_count AS scope_dropped,
    scoped.schema_url AS scope_schema_url,
    scoped.log_records AS log_records
  FROM (
    SELECT
      {{labels resourced.resource.attributes}} AS resource,
      if(resource['deployment.environment.name'] != '', resource['deployment.environment.name'], resource['deployment.environment']) AS environment,
      resourced.resource.dropped_attributes_count AS resource_dropped,
      resourced.schema_url AS resource_schema_url,
      resourced.scope_logs AS scope_logs
    FROM otlp_logs
    ARRAY JOIN resource_logs AS resourced
  )
  ARRAY JOIN scope_logs AS scoped
)
ARRAY JOIN log_records AS log
