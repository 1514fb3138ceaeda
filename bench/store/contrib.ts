/**
 * The tables of the OpenTelemetry Collector's ClickHouse exporter (contrib, v0.151 and later; `sqltemplates`), as facts:
 * columns, codecs, indexes and sort keys decide what a row costs on disk.
 */

type Columns = Readonly<Record<string, string>>;

interface Table {
  columns: Columns;
  /** Maps with a bloom filter over their keys and one over their values. */
  indexed: readonly string[];
  indexes: readonly string[];
  day: string;
  sort: string;
}

const MAP = 'Map(LowCardinality(String), String)';
const LOW = 'LowCardinality(String)';
const zstd = (type: string) => `${type} CODEC(ZSTD(1))`;
const each = (type: string, ...names: string[]): Columns =>
  Object.fromEntries(names.map((name) => [name, zstd(type)]));

const TRACES: Table = {
  columns: {
    Timestamp: 'DateTime64(9) CODEC(Delta(8), ZSTD(1))',
    ...each('String', 'TraceId', 'SpanId', 'ParentSpanId', 'TraceState'),
    ...each(LOW, 'SpanName', 'SpanKind', 'ServiceName', 'StatusCode'),
    ...each(MAP, 'ResourceAttributes', 'SpanAttributes'),
    ...each('String', 'ScopeName', 'ScopeVersion', 'StatusMessage'),
    Duration: 'UInt64 CODEC(T64, ZSTD(1))',
    Events: zstd(`Nested (Timestamp DateTime64(9), Name ${LOW}, Attributes ${MAP})`),
    Links: zstd(`Nested (TraceId String, SpanId String, TraceState String, Attributes ${MAP})`),
  },
  indexed: ['ResourceAttributes', 'SpanAttributes'],
  indexes: [
    'idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1',
    'idx_duration Duration TYPE minmax GRANULARITY 1',
    'idx_lower_span_name lower(SpanName) TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 8',
  ],
  day: 'Timestamp',
  sort: 'ServiceName, SpanName, toDateTime(Timestamp), Timestamp',
};

const LOOKUP: Table = {
  columns: {
    TraceId: zstd('String'),
    Start: 'DateTime CODEC(Delta, ZSTD(1))',
    End: 'DateTime CODEC(Delta, ZSTD(1))',
  },
  indexed: [],
  indexes: ['idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1'],
  day: 'Start',
  sort: 'TraceId, Start',
};

const LOGS: Table = {
  columns: {
    Timestamp: 'DateTime64(9) CODEC(Delta(8), ZSTD(1))',
    TimestampTime: 'DateTime DEFAULT toDateTime(Timestamp)',
    ...each('String', 'TraceId', 'SpanId', 'Body', 'ScopeName'),
    TraceFlags: 'UInt8',
    SeverityNumber: 'UInt8',
    ...each(LOW, 'SeverityText', 'ServiceName', 'ResourceSchemaUrl', 'ScopeSchemaUrl', 'ScopeVersion'),
    ...each(MAP, 'ResourceAttributes', 'ScopeAttributes', 'LogAttributes'),
  },
  indexed: ['ResourceAttributes', 'ScopeAttributes', 'LogAttributes'],
  indexes: [
    'idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1',
    'idx_body Body TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 8',
  ],
  day: 'TimestampTime',
  sort: 'ServiceName, TimestampTime, Timestamp',
};

/** The newest form: seconds, names with a dictionary, sorted by the hour and a hash of the attributes. */
const metric = (own: Columns, hasExemplars = true): Table => ({
  columns: {
    ...each(MAP, 'ResourceAttributes', 'ScopeAttributes', 'Attributes'),
    ...each('String', 'ResourceSchemaUrl', 'ScopeName', 'ScopeVersion', 'ScopeSchemaUrl'),
    ...each('String', 'MetricDescription', 'MetricUnit'),
    ...each(LOW, 'ServiceName', 'MetricName'),
    ...each('UInt32', 'ScopeDroppedAttrCount', 'Flags'),
    StartTimeUnix: 'DateTime CODEC(Delta, ZSTD(1))',
    TimeUnix: 'DateTime CODEC(Delta, ZSTD(1))',
    ...own,
    ...(hasExemplars
      ? {
          Exemplars: zstd(
            `Nested (FilteredAttributes ${MAP}, TimeUnix DateTime, Value Float64, SpanId String, TraceId String)`,
          ),
        }
      : {}),
  },
  indexed: ['ResourceAttributes', 'ScopeAttributes', 'Attributes'],
  indexes: ['idx_time_minmax TimeUnix TYPE minmax GRANULARITY 1'],
  day: 'TimeUnix',
  sort: 'ServiceName, MetricName, toStartOfHour(TimeUnix), cityHash64(Attributes), TimeUnix',
});

const COUNT = { Count: 'UInt64 CODEC(Delta, ZSTD(1))' };
const RANGE = each('Float64', 'Sum', 'Min', 'Max');
const TEMPORALITY = each('Int32', 'AggregationTemporality');

/** By the name of the table, which is ours too. */
export const CONTRIB: Readonly<Record<string, Table>> = {
  otel_traces: TRACES,
  otel_traces_trace_id_ts: LOOKUP,
  otel_logs: LOGS,
  otel_metrics_gauge: metric(each('Float64', 'Value')),
  otel_metrics_sum: metric({
    ...each('Float64', 'Value'),
    ...TEMPORALITY,
    IsMonotonic: 'Boolean CODEC(Delta, ZSTD(1))',
  }),
  otel_metrics_histogram: metric({
    ...COUNT,
    ...RANGE,
    ...TEMPORALITY,
    ...each('Array(UInt64)', 'BucketCounts'),
    ...each('Array(Float64)', 'ExplicitBounds'),
  }),
  otel_metrics_exponential_histogram: metric({
    ...COUNT,
    ...RANGE,
    ...TEMPORALITY,
    ...each('Int32', 'Scale', 'PositiveOffset', 'NegativeOffset'),
    ...each('UInt64', 'ZeroCount'),
    ...each('Array(UInt64)', 'PositiveBucketCounts', 'NegativeBucketCounts'),
  }),
  otel_metrics_summary: metric(
    {
      ...COUNT,
      ...each('Float64', 'Sum'),
      ValueAtQuantiles: zstd('Nested (Quantile Float64, Value Float64)'),
    },
    false,
  ),
};

/** `CREATE TABLE` under another name. */
export function contribDdl(name: string, { columns, indexed, indexes, day, sort }: Table): string {
  const blooms = indexed.flatMap((map) =>
    ['Keys', 'Values'].map((of) => `idx_${map}_${of} map${of}(${map}) TYPE bloom_filter(0.01) GRANULARITY 1`),
  );
  const lines = [
    ...Object.entries(columns).map(([column, type]) => `${column} ${type}`),
    ...[...blooms, ...indexes].map((index) => `INDEX ${index}`),
  ];
  return `CREATE TABLE ${name} (${lines.join(', ')}) ENGINE = MergeTree PARTITION BY toDate(${day}) ORDER BY (${sort})
    SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`;
}
