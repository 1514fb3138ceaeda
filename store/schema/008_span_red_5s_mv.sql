-- Spans that stand for themselves, which is nearly all: counted, without a weight for each. 042 weighs the sampled ones.
CREATE MATERIALIZED VIEW IF NOT EXISTS span_red_5s_mv TO span_red_5s AS
SELECT
  toDateTime(toStartOfInterval(Timestamp, INTERVAL 5 SECOND)) + 5 AS Slot,
  Environment, ServiceName, ServiceVersion, SpanName, SpanKind,
  ParentSpanId = '' AS Root,
  Probe,
  toInt16(ceil(log2(greatest(Duration, 1)) * 8) - 1) AS Bucket,
  count() AS Spans,
  toFloat64(Spans) AS Requests,
  toFloat64(countIf(StatusCode = 'Error')) AS Errors,
  toFloat64(sum(Duration)) AS DurationNs
FROM otel_traces
WHERE position(TraceState, 'th:') = 0
GROUP BY Slot, Environment, ServiceName, ServiceVersion, SpanName, SpanKind, Root, Probe, Bucket
