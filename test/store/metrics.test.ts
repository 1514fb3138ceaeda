/** Data points of all five kinds: every field in by the front door and out of its column, and their cascade. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LAYOUT } from '../../model/otlp.ts';
import { attributes, bytes, type FrontDoor, nanos, openFrontDoor } from './front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door?.stop());

const NOW = BigInt(Date.now()) * 1_000_000n + 123_456n;
const START = NOW - 60_000_000_000n;
const BEYOND = 9_007_199_254_740_993n; // no Float64 holds it

const TABLES = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'];
const int = (value: bigint) => ({ kind: { case: 'asInt', value } });
const double = (value: number) => ({ kind: { case: 'asDouble', value } });
const metric = (name: string, kind: string, data: object) => ({ name, kind: { case: kind, value: data } });
const request = (service: string, ...metrics: object[]) => ({
  resourceMetrics: [
    {
      resource: { attributes: attributes({ 'service.name': service, 'service.version': '1.2' }) },
      scopeMetrics: [{ metrics }],
    },
  ],
});

describe('every field of a data point has its column', () => {
  const exemplar = {
    timeUnixNano: NOW - 7n,
    ...int(-BEYOND),
    spanId: bytes('a1b2c3d4e5f60718'),
    traceId: bytes('0102030405060708090a0b0c0d0e0f10'),
    filteredAttributes: attributes({ user: 'u1', a: '1' }),
  };
  const plain = { timeUnixNano: NOW, ...double(0.25) };
  const point = {
    startTimeUnixNano: START,
    timeUnixNano: NOW,
    attributes: attributes({ z: '26', k: 'grüße' }),
    exemplars: [exemplar, plain],
    flags: 4,
  };
  const distribution = { ...point, count: 2n ** 64n - 1n, sum: 12.5, min: -1.5, max: 9.75 };
  const head = (name: string, kind: string, data: object) => ({
    ...metric(name, kind, data),
    description: 'what it says',
    unit: 'By',
    metadata: attributes({ 'prometheus.type': 'unknown' }),
  });
  const FULL = {
    resourceMetrics: [
      {
        resource: {
          attributes: attributes({ 'service.name': 'full', b: '2', a: '1' }),
          droppedAttributesCount: 1,
          entityRefs: [{ type: 'service' }],
        },
        schemaUrl: 'https://resource.example/1',
        scopeMetrics: [
          {
            scope: {
              name: 'lib',
              version: '3.1',
              attributes: attributes({ s: 'x' }),
              droppedAttributesCount: 2,
            },
            schemaUrl: 'https://scope.example/1',
            metrics: [
              head('m', 'gauge', { dataPoints: [{ ...point, ...double(1.5) }] }),
              head('m', 'sum', {
                dataPoints: [{ ...point, ...int(BEYOND) }],
                aggregationTemporality: 2,
                isMonotonic: true,
              }),
              head('m', 'histogram', {
                dataPoints: [
                  { ...distribution, bucketCounts: [1n, 2n ** 63n, 3n], explicitBounds: [0.5, 1e300] },
                ],
                aggregationTemporality: 1,
              }),
              head('m', 'exponentialHistogram', {
                dataPoints: [
                  {
                    ...distribution,
                    scale: -3,
                    zeroCount: 6n,
                    zeroThreshold: 1e-9,
                    positive: { offset: -7, bucketCounts: [1n, 300n, 2n ** 63n] },
                    negative: { offset: 2147483647, bucketCounts: [4n] },
                  },
                ],
                aggregationTemporality: 2,
              }),
              head('m', 'summary', {
                dataPoints: [
                  {
                    startTimeUnixNano: START,
                    timeUnixNano: NOW,
                    attributes: point.attributes,
                    flags: 4,
                    count: 5n,
                    sum: 7.5,
                    quantileValues: [
                      { quantile: 0.5, value: 1 },
                      { quantile: 1, value: 2.25 },
                    ],
                  },
                ],
              }),
            ],
          },
        ],
      },
    ],
  };

  type Column = [sql: string, value: unknown];
  /** What all five tables have of every point, whatever its message. */
  const OF_ALL: Record<string, Column> = {
    'ResourceMetrics.schema_url': ['ResourceSchemaUrl', 'https://resource.example/1'],
    'Resource.attributes': ['toString(ResourceAttributes)', "{'a':'1','b':'2','service.name':'full'}"],
    'Resource.dropped_attributes_count': ['ResourceDroppedAttrCount', 1],
    'ScopeMetrics.schema_url': ['ScopeSchemaUrl', 'https://scope.example/1'],
    'InstrumentationScope.name': ['ScopeName', 'lib'],
    'InstrumentationScope.version': ['ScopeVersion', '3.1'],
    'InstrumentationScope.attributes': ['ScopeAttributes', { s: 'x' }],
    'InstrumentationScope.dropped_attributes_count': ['ScopeDroppedAttrCount', 2],
    'Metric.name': ['MetricName', 'm'],
    'Metric.description': ['MetricDescription', 'what it says'],
    'Metric.unit': ['MetricUnit', 'By'],
    'Metric.metadata': ['MetricMetadata', { 'prometheus.type': 'unknown' }],
  };
  const ofPoint = (message: string): Record<string, Column> => ({
    [`${message}.start_time_unix_nano`]: [nanos('StartTimeUnix'), String(START)],
    [`${message}.time_unix_nano`]: [nanos('TimeUnix'), String(NOW)],
    [`${message}.attributes`]: ['toString(Attributes)', "{'k':'grüße','z':'26'}"],
    [`${message}.flags`]: ['Flags', 4],
  });
  const EXEMPLARS: Record<string, Column> = {
    'Exemplar.time_unix_nano': [
      `arrayMap(t -> ${nanos('t')}, Exemplars.TimeUnix)`,
      [String(NOW - 7n), String(NOW)],
    ],
    'Exemplar.as_double': ['(Exemplars.Value[2], toString(Exemplars.ValueKind[2]))', [0.25, 'double']],
    'Exemplar.as_int': [
      '(toString(Exemplars.ValueInt[1]), Exemplars.Value[1], toString(Exemplars.ValueKind[1]))',
      [String(-BEYOND), Number(-BEYOND), 'int'],
    ],
    'Exemplar.span_id': ['Exemplars.SpanId', ['a1b2c3d4e5f60718', '']],
    'Exemplar.trace_id': ['Exemplars.TraceId', ['0102030405060708090a0b0c0d0e0f10', '']],
    'Exemplar.filtered_attributes': ['toString(Exemplars.FilteredAttributes)', "[{'a':'1','user':'u1'},{}]"],
  };
  const ofDistribution = (message: string): Record<string, Column> => ({
    ...ofPoint(message),
    ...EXEMPLARS,
    [`${message}.count`]: ['toString(Count)', '18446744073709551615'],
    [`${message}.sum`]: ['(Sum, HasSum)', [12.5, true]],
    [`${message}.min`]: ['(Min, HasMin)', [-1.5, true]],
    [`${message}.max`]: ['(Max, HasMax)', [9.75, true]],
  });
  const COLUMNS: Record<string, Record<string, Column>> = {
    gauge: {
      ...ofPoint('NumberDataPoint'),
      ...EXEMPLARS,
      'NumberDataPoint.as_double': ['(Value, toString(ValueKind))', [1.5, 'double']],
    },
    sum: {
      ...ofPoint('NumberDataPoint'),
      ...EXEMPLARS,
      'NumberDataPoint.as_int': ['(toString(ValueInt), toString(ValueKind))', [String(BEYOND), 'int']],
      'Sum.aggregation_temporality': ['AggregationTemporality', 2],
      'Sum.is_monotonic': ['IsMonotonic', true],
    },
    histogram: {
      ...ofDistribution('HistogramDataPoint'),
      'HistogramDataPoint.bucket_counts': ['toString(BucketCounts)', '[1,9223372036854775808,3]'],
      'HistogramDataPoint.explicit_bounds': ['ExplicitBounds', [0.5, 1e300]],
      'Histogram.aggregation_temporality': ['AggregationTemporality', 1],
    },
    exponential_histogram: {
      ...ofDistribution('ExponentialHistogramDataPoint'),
      'ExponentialHistogramDataPoint.scale': ['Scale', -3],
      'ExponentialHistogramDataPoint.zero_count': ['ZeroCount', 6],
      'ExponentialHistogramDataPoint.zero_threshold': ['ZeroThreshold', 1e-9],
      'Buckets.offset': ['(PositiveOffset, NegativeOffset)', [-7, 2147483647]],
      'Buckets.bucket_counts': [
        'toString((PositiveBucketCounts, NegativeBucketCounts))',
        '([1,300,9223372036854775808],[4])',
      ],
      'ExponentialHistogram.aggregation_temporality': ['AggregationTemporality', 2],
    },
    summary: {
      ...ofPoint('SummaryDataPoint'),
      'SummaryDataPoint.count': ['Count', 5],
      'SummaryDataPoint.sum': ['Sum', 7.5],
      'ValueAtQuantile.quantile': ['ValueAtQuantiles.Quantile', [0.5, 1]],
      'ValueAtQuantile.value': ['ValueAtQuantiles.Value', [1, 2.25]],
    },
  };
  const WITHOUT_COLUMN = ['Resource.entity_refs'];
  const MESSAGES = Object.keys(LAYOUT).slice(
    Object.keys(LAYOUT).indexOf('ResourceMetrics'),
    Object.keys(LAYOUT).indexOf('ExportLogsServiceRequest'),
  );
  const ALL = [...MESSAGES, 'Resource', 'InstrumentationScope'];
  const FIELDS = ALL.flatMap((message) =>
    LAYOUT[message]!.filter(({ type }) => !ALL.includes(type)).map(({ name }) => `${message}.${name}`),
  );
  const rows: Record<string, Record<string, unknown>> = {};
  beforeAll(async () => {
    expect(await door.store('metrics', FULL)).toMatchObject({ accepted: 5, stored: 5 });
    for (const table of TABLES) {
      const columns = Object.entries({ ...OF_ALL, ...COLUMNS[table] }).map(
        ([f, [sql]]) => `${sql} AS \`${f}\``,
      );
      const found = await door.engine.query<Record<string, unknown>>(
        `SELECT ${columns} FROM otel_metrics_${table} WHERE ServiceName = 'full'`,
      );
      expect(found, table).toHaveLength(1);
      rows[table] = found[0]!;
    }
  });

  test.each(FIELDS)('%s', (field) => {
    if (WITHOUT_COLUMN.includes(field)) return;
    const tables = TABLES.filter((table) => field in OF_ALL || field in COLUMNS[table]!);
    expect(tables, 'a field of the layout without a column').not.toEqual([]);
    for (const table of tables)
      expect(rows[table]![field], table).toEqual((OF_ALL[field] ?? COLUMNS[table]![field])![1]);
  });
});

test('numbers that no number equals are stored as they are', async () => {
  const values = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    5e-324,
    Number.MAX_VALUE,
  ];
  const dataPoints = values.map((value, i) => ({ timeUnixNano: NOW + BigInt(i), ...double(value) }));
  await door.store('metrics', request('odd', metric('m', 'gauge', { dataPoints })));
  const rows = await door.engine.query<{ v: string }>(
    "SELECT toString(Value) AS v FROM otel_metrics_gauge WHERE ServiceName = 'odd' ORDER BY TimeUnix",
  );
  expect(rows.map(({ v }) => v)).toEqual(['nan', 'inf', '-inf', '-0', '5e-324', '1.7976931348623157e308']);
});

test('an integer of 0 is told from a double of 0 and from no value at all', async () => {
  const dataPoints = [int(0n), double(0), { flags: 1 }].map((value, i) => ({
    timeUnixNano: NOW + BigInt(i),
    ...value,
  }));
  const { accepted } = await door.store('metrics', request('zeros', metric('m', 'sum', { dataPoints })));
  expect(accepted).toBe(3);
  expect(
    await door.engine.query(
      `SELECT Value AS v, toString(ValueKind) AS kind, Flags AS flags FROM otel_metrics_sum
       WHERE ServiceName = 'zeros' ORDER BY TimeUnix`,
    ),
  ).toEqual([
    { v: 0, kind: 'int', flags: 0 },
    { v: 0, kind: 'double', flags: 0 },
    { v: 0, kind: 'none', flags: 1 },
  ]);
});

test('a sum, a least and a largest that were not sent are told from zeros', async () => {
  const point = (i: bigint, more: object) => ({ timeUnixNano: NOW + i, count: 1n, ...more });
  const dataPoints = [point(0n, {}), point(1n, { sum: 0, min: 0, max: 0 })];
  await door.store(
    'metrics',
    request(
      'absent',
      metric('m', 'histogram', { dataPoints }),
      metric('m', 'exponentialHistogram', { dataPoints }),
    ),
  );
  for (const table of ['histogram', 'exponential_histogram'])
    expect(
      await door.engine.query(
        `SELECT (Sum, Min, Max) AS n, (HasSum, HasMin, HasMax) AS has FROM otel_metrics_${table}
         WHERE ServiceName = 'absent' ORDER BY TimeUnix`,
      ),
    ).toEqual([
      { n: [0, 0, 0], has: [false, false, false] },
      { n: [0, 0, 0], has: [true, true, true] },
    ]);
});

test('one series has one id: by resource, scope and attributes, whatever their order', async () => {
  const series = (host: string, values: Record<string, string>) => ({
    resourceMetrics: [
      {
        resource: { attributes: attributes({ 'service.name': 'series', host }) },
        scopeMetrics: [
          {
            metrics: [
              metric('m', 'gauge', {
                dataPoints: [{ timeUnixNano: NOW, attributes: attributes(values), ...double(1) }],
              }),
            ],
          },
        ],
      },
    ],
  });
  await door.store(
    'metrics',
    series('h1', { a: '1', b: '2' }),
    series('h1', { b: '2', a: '1' }),
    series('h2', { a: '1', b: '2' }),
    series('h1', { a: '1', b: '3' }),
  );
  expect(
    await door.engine.query(
      "SELECT count() AS points, uniqExact(SeriesId) AS series FROM otel_metrics_gauge WHERE ServiceName = 'series'",
    ),
  ).toEqual([{ points: 4, series: 3 }]);
});

describe('the cascade', () => {
  const at = (...seconds: number[]) =>
    seconds.map((s) => ({ timeUnixNano: NOW - BigInt(s) * 1_000_000_000n, ...double(s) }));
  const bare = (...seconds: number[]) => at(...seconds).map(({ timeUnixNano }) => ({ timeUnixNano }));
  const METRICS = [
    metric('requests', 'sum', { dataPoints: at(30, 20, 10), aggregationTemporality: 2, isMonotonic: true }),
    metric('requests', 'sum', { dataPoints: at(5), aggregationTemporality: 1, isMonotonic: true }),
    metric('depth', 'gauge', { dataPoints: at(10, 10) }),
    { ...metric('latency', 'histogram', { dataPoints: bare(4), aggregationTemporality: 1 }), unit: 's' },
    metric('size', 'exponentialHistogram', { dataPoints: bare(3, 2), aggregationTemporality: 1 }),
    metric('gc', 'summary', { dataPoints: bare(1) }),
    { name: 'nothing' },
    metric('empty', 'gauge', { dataPoints: [] }),
  ];
  const cascade = async (service: string) => {
    const counts = TABLES.map(
      (table) => `(SELECT count() FROM otel_metrics_${table} WHERE ServiceName = {service:String})`,
    );
    const [points] = await door.engine.query<{ n: number[] }>(`SELECT [${counts}] AS n`, { service });
    const catalogue = await door.engine.query(
      `SELECT MetricName AS name, Kind AS kind, Unit AS unit, toString(Temporality) AS temporality, Monotonic AS monotonic,
         sum(Points) AS points, toUnixTimestamp64Milli(min(FirstSeen)) AS first, toUnixTimestamp64Milli(max(LastSeen)) AS last
       FROM metric_catalogue WHERE ServiceName = {service:String} GROUP BY ALL ORDER BY ALL`,
      { service },
    );
    const seen = await door.engine.query(
      `SELECT ServiceVersion AS version, toUnixTimestamp64Milli(max(LastSeen)) AS last FROM service_seen
       WHERE ServiceName = {service:String} GROUP BY ALL`,
      { service },
    );
    const log = await door.engine.query(
      'SELECT Target, sum(Rows) AS n FROM ingest_log GROUP BY ALL ORDER BY ALL',
    );
    return { points: points!.n, catalogue, seen, log };
  };
  const ms = (secondsAgo: number) => Number((NOW - BigInt(secondsAgo) * 1_000_000_000n) / 1_000_000n);

  test('tells every point to its table, the catalogue, the services and the log, once', async () => {
    const { segment, accepted, stored } = await door.store('metrics', request('all', ...METRICS));
    expect([accepted, stored]).toEqual([10, 10]);
    const once = await cascade('all');
    expect(once.points).toEqual([2, 4, 1, 2, 1]);
    const row = (name: string, kind: string, unit: string, temporality: string, monotonic: boolean) => ({
      name,
      kind,
      unit,
      temporality,
      monotonic,
    });
    expect(once.catalogue).toEqual([
      { ...row('depth', 'gauge', '', 'unspecified', false), points: 2, first: ms(10), last: ms(10) },
      { ...row('gc', 'summary', '', 'unspecified', false), points: 1, first: ms(1), last: ms(1) },
      { ...row('latency', 'histogram', 's', 'delta', false), points: 1, first: ms(4), last: ms(4) },
      { ...row('requests', 'sum', '', 'cumulative', true), points: 3, first: ms(30), last: ms(10) },
      { ...row('requests', 'sum', '', 'delta', true), points: 1, first: ms(5), last: ms(5) },
      { ...row('size', 'exponential_histogram', '', 'delta', false), points: 2, first: ms(3), last: ms(2) },
    ]);
    expect(once.seen).toEqual([{ version: '1.2', last: ms(1) }]);
    for (let i = 0; i < 3; i++) expect(await door.engine.insertSegment(segment)).toBe(10);
    expect(await cascade('all')).toEqual(once);
  });

  test('the same points under another token are stored again', async () => {
    await door.store('metrics', request('again', ...METRICS));
    await door.store('metrics', request('again', ...METRICS));
    expect((await cascade('again')).points).toEqual([4, 8, 2, 4, 2]);
  });

  test('points of many days come in one segment', async () => {
    const dataPoints = at(...Array.from({ length: 29 }, (_, day) => day * 86_400));
    const { stored } = await door.store('metrics', request('days', metric('m', 'gauge', { dataPoints })));
    expect(stored).toBe(29);
  });
});
