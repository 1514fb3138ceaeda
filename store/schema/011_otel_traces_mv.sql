-- Spans out of requests. Last in the order, so that data flows only once everything behind otel_traces exists.
-- Attribute values are text as Go's pdata Value.AsString() gives it; kinds and status as the contrib exporter does.
CREATE MATERIALIZED VIEW IF NOT EXISTS otel_traces_mv TO otel_traces AS
SELECT
  fromUnixTimestamp64Nano(toInt64(span.start_time_unix_nano)) AS Timestamp,
  lower(hex(span.trace_id)) AS TraceId,
  lower(hex(span.span_id)) AS SpanId,
  lower(hex(span.parent_span_id)) AS ParentSpanId,
  span.trace_state AS TraceState,
  span.name AS SpanName,
  transform(span.kind, [1, 2, 3, 4, 5], ['Internal', 'Server', 'Client', 'Producer', 'Consumer'], 'Unspecified') AS SpanKind,
  resource['service.name'] AS ServiceName,
  resource AS ResourceAttributes,
  scope_name AS ScopeName,
  scope_version AS ScopeVersion,
  {{attributes span.attributes}} AS SpanAttributes,
  if(span.end_time_unix_nano > span.start_time_unix_nano, span.end_time_unix_nano - span.start_time_unix_nano, 0) AS Duration,
  transform(span.status.code, [1, 2], ['Ok', 'Error'], 'Unset') AS StatusCode,
  span.status.message AS StatusMessage,
  arrayMap(time -> fromUnixTimestamp64Nano(toInt64(least(time, 9223286400000000000))), span.events.time_unix_nano) AS `Events.Timestamp`,
  span.events.name AS `Events.Name`,
  arrayMap(event -> {{attributes event.attributes}}, span.events) AS `Events.Attributes`,
  arrayMap(id -> lower(hex(id)), span.links.trace_id) AS `Links.TraceId`,
  arrayMap(id -> lower(hex(id)), span.links.span_id) AS `Links.SpanId`,
  span.links.trace_state AS `Links.TraceState`,
  arrayMap(link -> {{attributes link.attributes}}, span.links) AS `Links.Attributes`,
  environment AS Environment,
  resource['service.version'] AS ServiceVersion,
  match(span.trace_state, '(?:^|,)[ \t]*lw=p') AS Probe,
  span.flags AS Flags,
  resource_schema_url AS ResourceSchemaUrl,
  scope_schema_url AS ScopeSchemaUrl,
  scope_attributes AS ScopeAttributes,
  span.dropped_attributes_count AS DroppedAttributesCount,
  span.dropped_events_count AS DroppedEventsCount,
  span.dropped_links_count AS DroppedLinksCount
FROM (
  SELECT
    resource, environment, resource_schema_url,
    scoped.scope.name AS scope_name,
    scoped.scope.version AS scope_version,
    {{attributes scoped.scope.attributes}} AS scope_attributes,
    scoped.schema_url AS scope_schema_url,
    scoped.spans AS spans
  FROM (
    SELECT
      {{labels resourced.resource.attributes}} AS resource,
      if(resource['deployment.environment.name'] != '', resource['deployment.environment.name'], resource['deployment.environment']) AS environment,
      resourced.schema_url AS resource_schema_url,
      resourced.scope_spans AS scope_spans
    FROM otlp_traces
    ARRAY JOIN resource_spans AS resourced
  )
  ARRAY JOIN scope_spans AS scoped
)
ARRAY JOIN spans AS span
