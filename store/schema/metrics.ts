/** What the tables of the five metric kinds have in common, as macros of the .sql files. */

/**
 * Of the metric: name → type. Resource and scope are repeated for each point, as contrib does it. Where contrib has
 * String this has LowCardinality(String), also as the values of maps: 45 % less on disk for sums and gauges, 8 % less CPU.
 */
const METRIC = {
  ResourceAttributes: 'Map(LowCardinality(String), LowCardinality(String))',
  ResourceSchemaUrl: 'LowCardinality(String)',
  ScopeName: 'LowCardinality(String)',
  ScopeVersion: 'LowCardinality(String)',
  ScopeAttributes: 'Map(LowCardinality(String), LowCardinality(String))',
  ScopeDroppedAttrCount: 'UInt32',
  ScopeSchemaUrl: 'LowCardinality(String)',
  ServiceName: 'LowCardinality(String)',
  MetricName: 'LowCardinality(String)',
  MetricDescription: 'LowCardinality(String)',
  MetricUnit: 'LowCardinality(String)',
  // From here on ours: what contrib drops.
  MetricMetadata: 'Map(LowCardinality(String), LowCardinality(String))',
  Environment: 'LowCardinality(String)',
  ServiceVersion: 'LowCardinality(String)',
  ResourceDroppedAttrCount: 'UInt32',
};

const list = (lines: readonly string[]): string => lines.join(',\n  ');

const KINDS = ['Gauge', 'Sum', 'Histogram', 'ExponentialHistogram', 'Summary'];

/** Nanoseconds as DateTime64(9); it ends in 2262, numbers beyond become its last day. */
export const time = (nanos: string): string =>
  `fromUnixTimestamp64Nano(toInt64(least(${nanos}, 9223286400000000000)))`;

/** @param attributes renders the map of a list of attributes */
export function metricMacros(
  labels: (path: string) => string,
  attributes: (path: string) => string,
): Record<string, string> {
  return {
    metric_columns: list(Object.entries(METRIC).map(([name, type]) => `${name} ${type} CODEC(ZSTD(1))`)),
    metric_names: list(Object.keys(METRIC)),
    metric_times: `arrayConcat(${KINDS.map((kind) => `${kind}.time_unix_nano`).join(', ')})`,
    point_columns: list([
      'Attributes Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1))',
      'StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1))',
      'TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1))',
      'Flags UInt32 CODEC(ZSTD(1))',
      'SeriesId UInt64 CODEC(ZSTD(1))',
    ]),
    point_select: list([
      `${labels('point.attributes')} AS Attributes`,
      `${time('point.start_time_unix_nano')} AS StartTimeUnix`,
      `${time('point.time_unix_nano')} AS TimeUnix`,
      'point.flags AS Flags',
      'cityHash64(Source, Attributes) AS SeriesId',
    ]),
    exemplar_columns: `Exemplars Nested (
    FilteredAttributes Map(LowCardinality(String), String),
    TimeUnix DateTime64(9),
    Value Float64,
    SpanId String,
    TraceId String,
    ValueInt Int64,
    ValueKind Enum8('none' = 0, 'double' = 3, 'int' = 6)
  ) CODEC(ZSTD(1))`,
    exemplar_select: list([
      `arrayMap(exemplar -> ${attributes('exemplar.filtered_attributes')}, point.exemplars) AS \`Exemplars.FilteredAttributes\``,
      `arrayMap(nanos -> ${time('nanos')}, point.exemplars.time_unix_nano) AS \`Exemplars.TimeUnix\``,
      'arrayMap(exemplar -> if(exemplar.which = 6, toFloat64(exemplar.as_int), exemplar.as_double), point.exemplars) AS `Exemplars.Value`',
      'arrayMap(id -> lower(hex(id)), point.exemplars.span_id) AS `Exemplars.SpanId`',
      'arrayMap(id -> lower(hex(id)), point.exemplars.trace_id) AS `Exemplars.TraceId`',
      'point.exemplars.as_int AS `Exemplars.ValueInt`',
      "CAST(point.exemplars.which, 'Array(Enum8(\\'none\\' = 0, \\'double\\' = 3, \\'int\\' = 6))') AS `Exemplars.ValueKind`",
    ]),
  };
}
