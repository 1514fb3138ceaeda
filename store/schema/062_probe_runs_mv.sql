-- By the scope first: of an ordinary segment nothing is left after it, and no map is opened.
CREATE MATERIALIZED VIEW IF NOT EXISTS probe_runs_mv TO probe_runs AS
SELECT
  SpanAttributes['loopwatch.probe.name'] AS Name,
  ResourceAttributes['loopwatch.location'] AS Location,
  fromUnixTimestamp64Milli(toInt64OrZero(SpanAttributes['loopwatch.probe.scheduled_at'])) AS ScheduledAt,
  TraceId,
  SpanId,
  SpanAttributes['loopwatch.probe.kind'] AS Kind,
  toDateTime64(Timestamp, 3) AS StartedAt,
  Duration / 1e6 AS DurationMs,
  SpanAttributes['loopwatch.probe.verdict'] AS Verdict,
  SpanAttributes['loopwatch.probe.failure.class'] AS FailureClass,
  SpanAttributes['loopwatch.probe.failure.step'] AS FailureStep,
  SpanAttributes['loopwatch.probe.failure.message'] AS FailureMessage,
  SpanAttributes['loopwatch.probe.skipped'] AS Skipped,
  SpanAttributes['loopwatch.probe.confirms'] AS Confirms,
  SpanAttributes['loopwatch.probe.definition'] AS Definition,
  toUInt32OrZero(SpanAttributes['loopwatch.probe.every']) AS EveryMs,
  toFloat64OrNull(SpanAttributes['loopwatch.probe.threshold']) AS ThresholdMs,
  fromUnixTimestamp64Milli(toInt64OrNull(SpanAttributes['loopwatch.probe.certificate_expires_at'])) AS CertificateExpiresAt,
  toFloat64OrZero(SpanAttributes['loopwatch.probe.queue_delay']) AS QueueDelayMs,
  toUInt16OrZero(SpanAttributes['loopwatch.probe.concurrency']) AS Concurrency,
  toFloat32OrZero(SpanAttributes['loopwatch.probe.host_cpu']) AS HostCpu,
  SpanAttributes['loopwatch.probe.tainted'] = 'true' AS Tainted,
  CAST(mapApply((k, v) -> (substring(k, 21), v), mapFilter((k, v) -> startsWith(k, 'loopwatch.probe.tag.'), SpanAttributes)), 'Map(LowCardinality(String), LowCardinality(String))') AS Tags,
  SpanAttributes['loopwatch.probe.artifacts'] AS Artifacts
FROM otel_traces
WHERE ScopeName = 'loopwatch.synthetics' AND SpanAttributes['loopwatch.probe.part'] = 'run'
