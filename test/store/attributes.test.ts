/** What was sent is what is stored: every kind of value, every field, and times that cannot be. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LAYOUT } from '../../model/otlp.ts';
import { startTestEngine, store, type TestEngine } from '../helpers/engine.ts';
import {
  type Attributes,
  Double,
  newTraceId,
  type SpanSpec,
  traceRequest,
  type Value,
} from '../helpers/otlp.ts';

let it: TestEngine;
beforeAll(async () => {
  it = await startTestEngine();
});
afterAll(() => it?.stop());

/** Stores spans of one trace and reads these columns of it, in the order of the spans' start. */
async function stored<Row>(columns: string, ...spans: SpanSpec[]): Promise<Row[]> {
  const traceId = newTraceId();
  const start = BigInt(Date.now()) * 1_000_000n;
  const sent = spans.map((span, i) => ({ start: start + BigInt(i), ...span, traceId }));
  expect(await store(it, traceRequest({ service: 'shop', spans: sent }))).toBe(spans.length);
  return it.engine.query<Row>(
    `SELECT ${columns} FROM otel_traces WHERE TraceId = {traceId:String} ORDER BY Timestamp`,
    { traceId },
  );
}

/** Kind of value → what is sent → its text by pdata's `Value.AsString()`. */
const VALUES: [kind: string, sent: Value, text: string][] = [
  ['text', 'GET', 'GET'],
  ['the empty text', '', ''],
  ['text of any language', 'grüße 日本語 😀', 'grüße 日本語 😀'],
  ['text with quotes, breaks and zeros', `'"\\\n\t\0`, `'"\\\n\t\0`],
  ['true', true, 'true'],
  ['false', false, 'false'],
  ['int 0', 0n, '0'],
  ['a negative int', -1n, '-1'],
  ['the least int', -(2n ** 63n), '-9223372036854775808'],
  ['the largest int', 2n ** 63n - 1n, '9223372036854775807'],
  ['double 0', new Double(0), '0'],
  ['double -0', new Double(-0), '-0'],
  ['a whole double', new Double(3), '3'],
  ['a fraction', 0.1, '0.1'],
  ['a negative fraction', -1234.5678, '-1234.5678'],
  ['the smallest double', 5e-324, '5e-324'],
  ['a small double', 0.000001, '0.000001'],
  ['a smaller one', 0.0000001, '1e-7'],
  ['a double just below 1e21', new Double(123456789012345680000), '123456789012345680000'],
  ['double 1e21', new Double(1e21), '1e+21'],
  ['the largest double', new Double(Number.MAX_VALUE), '1.7976931348623157e+308'],
  ['NaN', Number.NaN, 'json: unsupported value: NaN'],
  ['infinity', new Double(Number.POSITIVE_INFINITY), 'json: unsupported value: +Inf'],
  ['minus infinity', new Double(Number.NEGATIVE_INFINITY), 'json: unsupported value: -Inf'],
  ['an array of text', ['node', 'app.js'], '["node","app.js"]'],
  ['an empty array', [], '[]'],
  ['a mixed array', ['a', 1n, 0.5, true, null], '["a",1,0.5,true,null]'],
  ['nested arrays', [[1n, [2n, []]], 'x'], '[[1,[2,[]]],"x"]'],
  ['a map', { b: 1n, a: 'x' }, '{"a":"x","b":1}'],
  ['an empty map', {}, '{}'],
  ['maps in arrays in maps', { a: [{ b: { c: [false] } }] }, '{"a":[{"b":{"c":[false]}}]}'],
  ['bytes', new Uint8Array([0, 255, 10, 10]), 'AP8KCg=='],
  ['no bytes', new Uint8Array([]), ''],
  ['bytes in an array', [new Uint8Array([1])], '["AQ=="]'],
  ['no value', null, ''],
];

describe('an attribute is stored as the text pdata gives it', () => {
  const attributes: Attributes = Object.fromEntries(VALUES.map(([kind, sent]) => [kind, sent]));
  const PLACES: Record<string, string> = {
    span: 'SpanAttributes',
    event: 'Events.Attributes[1]',
    link: 'Links.Attributes[1]',
    resource: 'ResourceAttributes',
    scope: 'ScopeAttributes',
  };
  let row: Record<string, Record<string, string>>;
  beforeAll(async () => {
    const traceId = newTraceId();
    const spans = [{ traceId, attributes, events: [{ attributes }], links: [{ attributes }] }];
    await store(it, traceRequest({ attributes, scope: { attributes }, spans }));
    const columns = Object.entries(PLACES).map(([place, column]) => `${column} AS ${place}`);
    [row] = (await it.engine.query(`SELECT ${columns} FROM otel_traces WHERE TraceId = {traceId:String}`, {
      traceId,
    })) as [typeof row];
  });

  test.each(VALUES)('%s', (kind, _, text) => {
    for (const place of Object.keys(PLACES)) expect(row[place]![kind], place).toBe(text);
  });

  test('and nothing is added or lost', () => {
    for (const place of Object.keys(PLACES))
      expect(Object.keys(row[place]!).sort(), place).toEqual(VALUES.map(([kind]) => kind).sort());
  });
});

/** One span with something in every field … */
const IDS = { traceId: newTraceId(), spanId: 'a1b2c3d4e5f60718', parentSpanId: '00000000000000ff' };
const LINKED = { traceId: newTraceId(), spanId: 'ffffffffffffffff' };
const START = BigInt(Date.now()) * 1_000_000n + 123_456n;
const FULL = {
  service: 'full',
  schemaUrl: 'https://resource.example/1.2.3',
  attributes: { 'host.name': 'node-1' },
  scope: { name: 'lib', version: '2.0', attributes: { deep: 'yes' }, schemaUrl: 'https://scope.example/4' },
  spans: [
    {
      ...IDS,
      traceState: 'vendor=a',
      name: 'POST /cart/{id}',
      kind: 5,
      start: START,
      end: START + 1_234_567_890n,
      attributes: { key: 'value' },
      dropped: { attributes: 11, events: 12, links: 13 },
      events: [{ at: 1, name: 'cache.miss', attributes: { e: 1n }, droppedAttributesCount: 21 }],
      links: [
        { ...LINKED, traceState: 'l=1', attributes: { l: 'x' }, droppedAttributesCount: 31, flags: 0x201 },
      ],
      status: { code: 2, message: 'it broke' },
      flags: 0x101,
    },
  ],
};

/** … and where each field of the layout is found again. A field that is in neither list fails the test. */
const COLUMNS: Record<string, [sql: string, value: unknown]> = {
  'ResourceSpans.schema_url': ['ResourceSchemaUrl', FULL.schemaUrl],
  'Resource.attributes': ['ResourceAttributes', { 'service.name': 'full', 'host.name': 'node-1' }],
  'ScopeSpans.schema_url': ['ScopeSchemaUrl', FULL.scope.schemaUrl],
  'InstrumentationScope.name': ['ScopeName', 'lib'],
  'InstrumentationScope.version': ['ScopeVersion', '2.0'],
  'InstrumentationScope.attributes': ['ScopeAttributes', { deep: 'yes' }],
  'Span.trace_id': ['TraceId', IDS.traceId],
  'Span.span_id': ['SpanId', IDS.spanId],
  'Span.trace_state': ['TraceState', 'vendor=a'],
  'Span.parent_span_id': ['ParentSpanId', IDS.parentSpanId],
  'Span.name': ['SpanName', 'POST /cart/{id}'],
  'Span.kind': ['SpanKind', 'Consumer'],
  'Span.start_time_unix_nano': ['toString(toUnixTimestamp64Nano(Timestamp))', String(START)],
  'Span.end_time_unix_nano': ['toString(Duration)', '1234567890'],
  'Span.attributes': ['SpanAttributes', { key: 'value' }],
  'Span.dropped_attributes_count': ['DroppedAttributesCount', 11],
  'Span.dropped_events_count': ['DroppedEventsCount', 12],
  'Span.dropped_links_count': ['DroppedLinksCount', 13],
  'Span.flags': ['Flags', 0x101],
  'SpanEvent.time_unix_nano': [
    'arrayMap(t -> toString(toUnixTimestamp64Nano(t)), Events.Timestamp)',
    [String(START + 1n)],
  ],
  'SpanEvent.name': ['Events.Name', ['cache.miss']],
  'SpanEvent.attributes': ['Events.Attributes', [{ e: '1' }]],
  'SpanLink.trace_id': ['Links.TraceId', [LINKED.traceId]],
  'SpanLink.span_id': ['Links.SpanId', [LINKED.spanId]],
  'SpanLink.trace_state': ['Links.TraceState', ['l=1']],
  'SpanLink.attributes': ['Links.Attributes', [{ l: 'x' }]],
  'Status.message': ['StatusMessage', 'it broke'],
  'Status.code': ['StatusCode', 'Error'],
};

/** Known and not stored. */
const WITHOUT_COLUMN = {
  'Resource.entity_refs': 'they name attributes that are stored themselves',
  'Resource.dropped_attributes_count': 'no SDK drops attributes of a resource',
  'InstrumentationScope.dropped_attributes_count': 'no SDK drops attributes of a scope',
  'SpanEvent.dropped_attributes_count': 'contrib has no column for it either',
  'SpanLink.dropped_attributes_count': 'contrib has no column for it either',
  'SpanLink.flags': 'contrib has no column for it either',
};

describe('every field of a span has its column', () => {
  const MESSAGES = [
    'ResourceSpans',
    'Resource',
    'ScopeSpans',
    'InstrumentationScope',
    'Span',
    'SpanEvent',
    'SpanLink',
    'Status',
  ];
  /** Messages of their own stand for themselves. */
  const FIELDS = MESSAGES.flatMap((message) =>
    LAYOUT[message]!.filter((field) => !MESSAGES.includes(field.type)).map(
      (field) => `${message}.${field.name}`,
    ),
  );
  let row: Record<string, unknown>;
  beforeAll(async () => {
    await store(it, traceRequest(FULL));
    const columns = Object.entries(COLUMNS).map(([field, [sql]]) => `${sql} AS \`${field}\``);
    const rows = await it.engine.query<typeof row>(
      `SELECT ${columns} FROM otel_traces WHERE TraceId = {traceId:String}`,
      { traceId: IDS.traceId },
    );
    row = rows[0]!;
  });

  test.each(FIELDS)('%s', (field) => {
    if (field in WITHOUT_COLUMN) return;
    expect(COLUMNS, 'a field of the layout without a column').toHaveProperty([field]);
    expect(row[field]).toEqual(COLUMNS[field]![1]);
  });

  test('and no list names a field the layout does not have', () => {
    expect(FIELDS).toEqual(expect.arrayContaining([...Object.keys(COLUMNS), ...Object.keys(WITHOUT_COLUMN)]));
  });

  test.each([
    [0, 'Unspecified'],
    [1, 'Internal'],
    [2, 'Server'],
    [3, 'Client'],
    [4, 'Producer'],
    [5, 'Consumer'],
    [6, 'Unspecified'],
    [-1, 'Unspecified'],
  ])('kind %i is %s', async (kind, text) => {
    expect(await stored('SpanKind AS kind', { kind })).toEqual([{ kind: text }]);
  });

  test.each([
    [0, 'Unset'],
    [1, 'Ok'],
    [2, 'Error'],
    [3, 'Unset'],
  ])('status %i is %s', async (code, text) => {
    expect(await stored('StatusCode AS status', { status: { code } })).toEqual([{ status: text }]);
  });
});

describe('a time that cannot be breaks nothing', () => {
  const now = BigInt(Date.now()) * 1_000_000n;
  const most = 2n ** 64n - 1n;

  test.each([
    ['ends before it starts', { start: now, end: now - 1n }, '0'],
    ['ends at 0', { start: now, end: 0n }, '0'],
    ['ends at the largest number', { start: now, end: most }, String(most - now)],
    ['takes no time', { start: now, end: now }, '0'],
    ['takes a nanosecond', { start: now, end: now + 1n }, '1'],
  ])('a span that %s', async (_, times, duration) => {
    expect(await stored('toString(Duration) AS duration', times)).toEqual([{ duration }]);
  });

  test('an event at any number of nanoseconds', async () => {
    const events = [{ at: 0n }, { at: 2n ** 63n }, { at: most }, { at: now }];
    const rows = await stored<{ times: string[] }>(
      'arrayMap(t -> toString(toUnixTimestamp64Nano(t)), Events.Timestamp) AS times',
      { start: now, events },
    );
    const [first, ...rest] = rows[0]!.times;
    expect(first).toBe('0');
    expect(rest[2]).toBe(String(now));
    for (const time of rest.slice(0, 2)) expect(BigInt(time)).toBeGreaterThan(now);
  });

  test('a duration of five centuries is in the rollup as well', async () => {
    const traceId = newTraceId();
    await store(it, traceRequest({ service: traceId, spans: [{ traceId, start: now, end: most }] }));
    expect(
      await it.engine.query(
        'SELECT sum(Spans) AS spans, any(Bucket) AS bucket FROM span_red_1m WHERE ServiceName = {traceId:String}',
        { traceId },
      ),
    ).toEqual([{ spans: 1, bucket: Math.ceil(Math.log2(Number(most - now)) * 8) - 1 }]);
  });
});
