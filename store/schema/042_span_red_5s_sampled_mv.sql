-- Adjusted count 2^56 / (2^56 - th) by the OTel probability sampling specification (th: up to 14 hex digits, padded
-- with zeros on the right); without a threshold a span counts once.
CREATE MATERIALIZED VIEW IF NOT EXISTS span_red_5s_sampled_mv TO span_red_5s AS
SELECT
  toDateTime(toStartOfInterval(Timestamp, INTERVAL 5 SECOND)) + 5 AS Slot,
  Environment, ServiceName, ServiceVersion, SpanName, SpanKind,
  ParentSpanId = '' AS Root,
  Probe,
  toInt16(ceil(log2(greatest(Duration, 1)) * 8) - 1) AS Bucket,
  count() AS Spans,
  sum(Weight) AS Requests,
  sumIf(Weight, StatusCode = 'Error') AS Errors,
  sum(Weight * Duration) AS DurationNs
FROM (
  SELECT
    Timestamp, Environment, ServiceName, ServiceVersion, SpanName, SpanKind, ParentSpanId, Probe, Duration, StatusCode,
    72057594037927936. / (72057594037927936. - least(
      72057594037927935.,
      toFloat64(reinterpretAsUInt64(reverse(unhex(
        leftPad(rightPad(extract(TraceState, '(?:^|,)[ \t]*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})'), 14, '0'), 16, '0')
      ))))
    )) AS Weight
  FROM otel_traces
  WHERE position(TraceState, 'th:') > 0
)
GROUP BY Slot, Environment, ServiceName, ServiceVersion, SpanName, SpanKind, Root, Probe, Bucket
