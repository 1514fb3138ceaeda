-- Of the rollup of five seconds and not of the spans: it reads what is already summed, which costs next to nothing.
CREATE MATERIALIZED VIEW IF NOT EXISTS span_red_1m_mv TO span_red_1m AS
SELECT
  toStartOfMinute(Slot - 5) AS Minute,
  Environment, ServiceName, ServiceVersion, SpanName, SpanKind, Root, Probe, Bucket,
  sum(span_red_5s.Spans) AS Spans,
  sum(span_red_5s.Requests) AS Requests,
  sum(span_red_5s.Errors) AS Errors,
  sum(span_red_5s.DurationNs) AS DurationNs
FROM span_red_5s
GROUP BY Minute, Environment, ServiceName, ServiceVersion, SpanName, SpanKind, Root, Probe, Bucket
