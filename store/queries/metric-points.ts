/**
 * Points of the five metric tables as SQL that a chart's slots are cut from. A counter's increase is that since the point
 * of its series before it; a smaller value or a later start is a restart and counts whole (OTel data model, "Resets and
 * gaps"). A first point without a neighbour counts only if its series began within reach, else its past is unknown.
 */
import type { MetricKind } from '../../model/metric.ts';

/** A neighbour may be as old as Prometheus' staleness. */
export const STALE_S = 300;
/** Exponential buckets are merged at this scale at most: relative error ≤ 4.4 %, as the span rollup's. */
export const MAX_SCALE = 3;
/** Key of the zero bucket; indexes at scale 3 stay far away from it. */
export const ZERO_KEY = -2_000_000_000;

export const TABLE: Readonly<Record<MetricKind, string>> = {
  gauge: 'otel_metrics_gauge',
  sum: 'otel_metrics_sum',
  histogram: 'otel_metrics_histogram',
  exponential_histogram: 'otel_metrics_exponential_histogram',
  summary: 'otel_metrics_summary',
};

const WINDOW = `WINDOW series AS (PARTITION BY ServiceName, SeriesId ORDER BY TimeUnix ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
const before = (column: string): string => `lagInFrame(${column}, 1) OVER series AS Prev${column}`;
const LABELS = 'ServiceName, Attributes, ResourceAttributes, SeriesId, TimeUnix, StartTimeUnix';
const IS_FIRST = 'toUnixTimestamp64Nano(PrevTimeUnix) = 0';
const IS_RESTART = 'StartTimeUnix > PrevTimeUnix';
/** `{since}` is the beginning of the chart in unix seconds. */
const IS_KNOWN = `(IsDelta OR NOT ${IS_FIRST} OR StartTimeUnix >= toDateTime({since:UInt32} - ${STALE_S}))`;

/** Values as they are. @param where also bounds the time, as for all here */
export function values(table: string, where: string): string {
  return `(SELECT ${LABELS}, Value FROM ${table} WHERE ${where} AND ValueKind != 'none' AND isFinite(Value))`;
}

/** `Increase` of counters. */
export function increases(where: string): string {
  return `(SELECT *, if(IsDelta OR ${IS_FIRST} OR Value < PrevValue OR ${IS_RESTART}, Value, Value - PrevValue) AS Increase
    FROM (SELECT ${LABELS}, Value, AggregationTemporality = 1 AS IsDelta, ${before('Value')}, ${before('TimeUnix')}
      FROM otel_metrics_sum WHERE ${where} AND ValueKind != 'none' AND isFinite(Value) ${WINDOW})
    WHERE ${IS_KNOWN})`;
}

/** `DCount`, `DSum`, and for explicit bounds `DKeys` (upper bounds; the last is +Inf as the largest double) and `DCounts`. */
export function histogramIncreases(where: string): string {
  const keys = (prefix: string) =>
    `if(empty(${prefix}BucketCounts), [], arrayPushBack(${prefix}ExplicitBounds, 1.7976931348623157e308))`;
  const counts = (prefix: string, sign: string) =>
    `arrayMap(n -> ${sign}toFloat64(n), ${prefix}BucketCounts)`;
  return histogram('otel_metrics_histogram', where, ['BucketCounts', 'ExplicitBounds'], keys, counts);
}

/** The same for exponential buckets: `DKeys` are indexes at scale `MAX_SCALE` or, where a point is coarser, at its own. */
export function exponentialIncreases(where: string): string {
  const common = `least(Scale, if(IsWhole, Scale, PrevScale), ${MAX_SCALE})`;
  // Coarser points keep their scale: key = scale class in the millions, index within.
  const keys = (prefix: string) =>
    `arrayConcat([toInt64(${ZERO_KEY})], arrayMap(i -> (${MAX_SCALE} - ${common}) * 1000000000 + toInt64(floor((${prefix}PositiveOffset + i) * exp2(${common} - ${prefix}Scale))), range(length(${prefix}PositiveBucketCounts))))`;
  const counts = (prefix: string, sign: string) =>
    `arrayMap(n -> ${sign}toFloat64(n), arrayConcat([${prefix}ZeroCount + arraySum(${prefix}NegativeBucketCounts)], ${prefix}PositiveBucketCounts))`;
  const columns = ['Scale', 'ZeroCount', 'PositiveOffset', 'PositiveBucketCounts', 'NegativeBucketCounts'];
  return histogram('otel_metrics_exponential_histogram', where, columns, keys, counts);
}

function histogram(
  table: string,
  where: string,
  columns: readonly string[],
  keys: (prefix: string) => string,
  counts: (prefix: string, sign: string) => string,
): string {
  const kept = ['Count', 'Sum', ...columns];
  return `(SELECT ${LABELS},
      if(IsWhole, toFloat64(Count), toFloat64(Count) - toFloat64(PrevCount)) AS DCount,
      if(IsWhole, Sum, Sum - PrevSum) AS DSum,
      if(IsWhole, ${keys('')}, arrayConcat(${keys('')}, ${keys('Prev')})) AS DKeys,
      if(IsWhole, ${counts('', '')}, arrayConcat(${counts('', '')}, ${counts('Prev', '-')})) AS DCounts
    FROM (SELECT *, IsDelta OR ${IS_FIRST} OR Count < PrevCount OR ${IS_RESTART} AS IsWhole
      FROM (SELECT ${LABELS}, ${kept.join(', ')}, AggregationTemporality = 1 AS IsDelta, ${kept.map(before).join(', ')}, ${before('TimeUnix')}
        FROM ${table} WHERE ${where} AND bitAnd(Flags, 1) = 0 ${WINDOW}))
    WHERE ${IS_KNOWN})`;
}

/** `DCount` and `DSum` of summaries, which are cumulative, with what they say of quantiles. */
export function summaryIncreases(where: string): string {
  return `(SELECT *, if(IsWhole, toFloat64(Count), toFloat64(Count) - toFloat64(PrevCount)) AS DCount, if(IsWhole, Sum, Sum - PrevSum) AS DSum
    FROM (SELECT *, ${IS_FIRST} OR Count < PrevCount OR ${IS_RESTART} AS IsWhole
      FROM (SELECT ${LABELS}, false AS IsDelta, Count, Sum, ValueAtQuantiles.Quantile AS Quantiles, ValueAtQuantiles.Value AS QuantileValues,
          ${before('Count')}, ${before('Sum')}, ${before('TimeUnix')}
        FROM otel_metrics_summary WHERE ${where} AND bitAnd(Flags, 1) = 0 ${WINDOW}))
    WHERE ${IS_KNOWN})`;
}
