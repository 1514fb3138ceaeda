/**
 * How many spans one stands for: the adjusted count 2^56 / (2^56 − th) of the OTel probability sampling specification,
 * as 042_span_red_5s_sampled_mv.sql explains it. SQL over the columns of `otel_traces`.
 */
export const WEIGHT = `if(
  position(TraceState, 'th:') = 0,
  1.,
  72057594037927936. / (72057594037927936. - least(72057594037927935., toFloat64(reinterpretAsUInt64(reverse(unhex(
    leftPad(rightPad(extract(TraceState, '(?:^|,)[ \\t]*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})'), 14, '0'), 16, '0')
  ))))))
)`;
