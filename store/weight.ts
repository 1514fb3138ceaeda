/**
 * SQL: how many spans a stored one stands for, by the OTel probability sampling specification; 008_span_red_1m_mv.sql
 * and 042 explain it.
 */
export const WEIGHT = `if(
  position(TraceState, 'th:') = 0,
  1.,
  72057594037927936. / (72057594037927936. - least(72057594037927935., toFloat64(reinterpretAsUInt64(reverse(unhex(
    leftPad(rightPad(extract(TraceState, '(?:^|,)[ \\t]*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})'), 14, '0'), 16, '0')
  ))))))
)`;
