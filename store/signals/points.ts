/**
 * Increases of counters and histograms, point by point, as SQL over the metric tables. A point's increase is that since
 * the point of its series before it, so an increase over a window is a plain sum and the same in a window of any length:
 * value at its end minus value of the last point before it, resets added. Sources: OTel data model, "Resets and gaps"
 * and temporality. A neighbour before the window may be as old as Prometheus' staleness: five minutes.
 */
import { bucketKeySql, INFINITE_BOUND, MAX_SCALE } from './histograms.ts';
import type { Table } from './tables.ts';

const STALE_S = 300;

/** Where the rows of a group come from. @param where rows of the group, without its time */
export function rowsSql(table: Table, at: string, longest: number, where: string): string {
  const within = (seconds: number) =>
    [table.since(at, seconds), table.until(at), where].filter(Boolean).join(' AND ');
  switch (table.form) {
    case 'deploys':
      return `(SELECT ServiceName, Environment, ServiceVersion, min(FirstSeen) AS First FROM service_seen
          WHERE ServiceVersion != '' GROUP BY ServiceName, Environment, ServiceVersion)
        WHERE ${where === '' ? '' : `${where} AND `}${table.until(at)}`;
    case 'points':
      return `${table.name} WHERE ${within(longest)} AND ValueKind != 'none' AND isFinite(Value)`;
    case 'increases':
      return increases(table.name, within(longest + STALE_S));
    case 'buckets':
      return histogramIncreases(table.name, within(longest + STALE_S), EXPLICIT);
    case 'exponential':
      return histogramIncreases(table.name, within(longest + STALE_S), EXPONENTIAL);
    default:
      return `${table.name} WHERE ${within(longest)}`;
  }
}

/** Rows whose increase is known and lies in the window: a neighbour or the birth of the series is near enough. */
export function increaseFilter(table: Table, at: string, seconds: number): string {
  const edge = `toDateTime64(${at} - ${seconds + STALE_S}, 9)`;
  return `${table.since(at, seconds)} AND (IsDelta OR PrevTime > ${edge} OR StartTimeUnix > ${edge})`;
}

const WINDOW = `WINDOW series AS (PARTITION BY MetricName, SeriesId ORDER BY TimeUnix ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
const before = (column: string, name: string): string => `lagInFrame(${column}, 1) OVER series AS ${name}`;
const LABELS =
  'ServiceName, Environment, ServiceVersion, ScopeName, MetricName, Attributes, ResourceAttributes, SeriesId, TimeUnix, StartTimeUnix';
/** The first point that is read has no neighbour; a later start than the neighbour's time is a restart. */
const IS_FIRST = 'toUnixTimestamp64Nano(PrevTime) = 0';
const IS_RESTART = 'StartTimeUnix > PrevTime';

function increases(table: string, where: string): string {
  const isSum = table.endsWith('_sum');
  const kind = isSum
    ? 'AggregationTemporality = 1 AS IsDelta, IsMonotonic'
    : 'false AS IsDelta, false AS IsMonotonic';
  return `(SELECT *, multiIf(IsDelta OR ${IS_FIRST}, Value, IsMonotonic AND (Value < PrevValue OR ${IS_RESTART}), Value, Value - PrevValue) AS Increase
    FROM (SELECT ${LABELS}, Value, ${kind}, ${before('Value', 'PrevValue')}, ${before('TimeUnix', 'PrevTime')}
      FROM ${table} WHERE ${where} AND ValueKind != 'none' AND isFinite(Value) ${WINDOW}))`;
}

interface Buckets {
  columns: string[];
  /** Two arrays, keys and counts, of the point; @param prefix '' or 'Prev' @param sign of the counts */
  map: (prefix: string, sign: string) => [keys: string, counts: string];
}

const EXPLICIT: Buckets = {
  columns: ['BucketCounts', 'ExplicitBounds'],
  map: (prefix, sign) => [
    `if(empty(${prefix}BucketCounts), [], arrayPushBack(${prefix}ExplicitBounds, ${INFINITE_BOUND}))`,
    `arrayMap(n -> ${sign}toFloat64(n), ${prefix}BucketCounts)`,
  ],
};

const EXPONENTIAL: Buckets = {
  columns: [
    'Scale',
    'ZeroCount',
    'PositiveOffset',
    'PositiveBucketCounts',
    'NegativeOffset',
    'NegativeBucketCounts',
  ],
  map: (prefix, sign) => {
    const index = (offset: string) =>
      `toInt64(floor((${prefix}${offset} + i) * exp2(${COMMON_SCALE} - ${prefix}Scale)))`;
    const keys = (side: string, sign: string) =>
      `arrayMap(i -> ${sign}${bucketKeySql(COMMON_SCALE, index(`${side}Offset`))}, range(length(${prefix}${side}BucketCounts)))`;
    return [
      `arrayConcat([toInt64(0)], ${keys('Positive', '')}, ${keys('Negative', '-')})`,
      `arrayMap(n -> ${sign}toFloat64(n), arrayConcat([${prefix}ZeroCount], ${prefix}PositiveBucketCounts, ${prefix}NegativeBucketCounts))`,
    ];
  },
};
/** A series may change its scale: both points are taken at the coarser one. */
const COMMON_SCALE = `least(Scale, if(IsWhole, Scale, PrevScale), ${MAX_SCALE})`;

function histogramIncreases(table: string, where: string, { columns, map }: Buckets): string {
  const [keys, counts] = map('', '');
  const [prevKeys, prevCounts] = map('Prev', '-');
  const kept = ['Count', 'Sum', ...columns];
  return `(SELECT ${LABELS}, PrevTime, IsDelta, HasSum, ${columns.includes('ExplicitBounds') ? 'ExplicitBounds, ' : ''}
      if(IsWhole, toFloat64(Count), toFloat64(Count) - toFloat64(PrevCount)) AS DCount,
      if(IsWhole, Sum, Sum - PrevSum) AS DSum,
      if(IsWhole, ${keys}, arrayConcat(${keys}, ${prevKeys})) AS DKeys,
      if(IsWhole, ${counts}, arrayConcat(${counts}, ${prevCounts})) AS DCounts
    FROM (SELECT *, IsDelta OR ${IS_FIRST} OR Count < PrevCount OR ${IS_RESTART} AS IsWhole
      FROM (SELECT ${LABELS}, ${kept.join(', ')}, HasSum, AggregationTemporality = 1 AS IsDelta,
          ${kept.map((column) => before(column, `Prev${column}`)).join(', ')}, ${before('TimeUnix', 'PrevTime')}
        FROM ${table} WHERE ${where} AND bitAnd(Flags, 1) = 0 ${WINDOW})))`;
}
