-- By the scope first, as probe_runs_mv.
CREATE MATERIALIZED VIEW IF NOT EXISTS probe_steps_mv TO probe_steps AS
SELECT
  SpanAttributes['loopwatch.probe.name'] AS Name,
  ResourceAttributes['loopwatch.location'] AS Location,
  fromUnixTimestamp64Milli(toInt64OrZero(SpanAttributes['loopwatch.probe.scheduled_at'])) AS ScheduledAt,
  TraceId,
  toUInt16OrZero(SpanAttributes['loopwatch.probe.step.index']) AS StepIndex,
  SpanId,
  SpanAttributes['loopwatch.probe.step.name'] AS Step,
  toDateTime64(Timestamp, 6) AS StartedAt,
  Duration / 1e6 AS DurationMs,
  toFloat64OrZero(SpanAttributes['loopwatch.probe.step.observer']) AS ObserverMs,
  SpanAttributes['loopwatch.probe.verdict'] AS Verdict,
  SpanAttributes['loopwatch.probe.step.error'] AS Error,
  toFloat64OrNull(SpanAttributes['loopwatch.probe.threshold']) AS ThresholdMs,
  toUInt32OrZero(SpanAttributes['loopwatch.probe.step.requests']) AS Requests,
  toUInt32OrNull(SpanAttributes['loopwatch.probe.step.console_errors']) AS ConsoleErrors,
  SpanAttributes['loopwatch.probe.step.screenshot'] AS Screenshot,
  toFloat64OrNull(SpanAttributes['loopwatch.probe.vital.lcp']) AS Lcp,
  toFloat64OrNull(SpanAttributes['loopwatch.probe.vital.cls']) AS Cls,
  toFloat64OrNull(SpanAttributes['loopwatch.probe.vital.inp']) AS Inp,
  toFloat64OrNull(SpanAttributes['loopwatch.probe.vital.fcp']) AS Fcp,
  toFloat64OrNull(SpanAttributes['loopwatch.probe.vital.ttfb']) AS Ttfb
FROM otel_traces
WHERE ScopeName = 'loopwatch.synthetics' AND SpanAttributes['loopwatch.probe.part'] = 'step'
