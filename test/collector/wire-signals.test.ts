import { describe, expect, test } from 'vitest';
import { admit } from '../../collector/wire/admit.ts';
import { decodeAs } from '../../drills/fuzz/decoded.ts';
import type { Signal } from '../../model/otlp.ts';
import { any, double, field, fixed64, NOW, numeric, SPAN_ID, TRACE_ID, varint, WINDOW } from './wire.ts';

const ARRIVAL = { ...WINDOW, now: NOW };
const zeros = (n: number) => Array<number>(n).fill(0);
const time = (number: number, at = NOW) => fixed64(number, BigInt(at));
const body = (...content: number[][]) => Uint8Array.from(field(1, field(2, content.flat())));

describe('log records', () => {
  interface LogRecord {
    timeUnixNano: bigint;
    observedTimeUnixNano: bigint;
    traceId: Uint8Array;
    spanId: Uint8Array;
    severityText: string;
    body?: { kind: { case?: string; value?: unknown } };
    attributes: unknown[];
  }
  const request = (...records: number[][]) => body(...records.map((record) => field(2, record)));
  const admitted = (...records: number[][]) => admit(request(...records), 'logs', ARRIVAL);
  const recordsOf = (bytes: Uint8Array) =>
    decodeAs<{ resourceLogs: { scopeLogs: { logRecords: LogRecord[] }[] }[] }>('logs', bytes).resourceLogs[0]!
      .scopeLogs[0]!.logRecords;
  const recordFrom = (...fields: number[][]) => recordsOf(admitted(fields.flat()).body)[0]!;

  test.each<[string, number[], keyof LogRecord]>([
    ['a trace id of 15 bytes', field(9, TRACE_ID.slice(1)), 'traceId'],
    ['a trace id of zeros', field(9, zeros(16)), 'traceId'],
    ['a span id of 16 bytes', field(10, TRACE_ID), 'spanId'],
    ['a span id of zeros', field(10, zeros(8)), 'spanId'],
  ])('%s is taken out and the record kept', (_, id, name) => {
    const list = field(6, [...field(1, 'k'), ...field(2, any.array(any.int(1n)))]);
    for (const fields of [
      [time(1), id, list],
      [id, list, time(1)],
      [list, time(1), list, id],
    ]) {
      const { accepted, rejected, body } = admitted(fields.flat());
      expect([accepted, rejected]).toEqual([1, 0]);
      const record = recordsOf(body)[0]!;
      expect(record[name]).toHaveLength(0);
      expect(record.attributes).toHaveLength(fields.filter((f) => f === list).length);
    }
  });

  test('whole ids stay', () => {
    const bytes = request([...time(1), ...field(9, TRACE_ID), ...field(10, SPAN_ID)]);
    expect(admit(bytes, 'logs', ARRIVAL).body).toBe(bytes);
  });

  test('the time of the event counts, else that of its observation', () => {
    const old = WINDOW.earliest - 1e9;
    const results = [
      admitted([...time(1), ...time(11, old)]),
      admitted(time(1, old)),
      admitted(time(11)),
      admitted(time(11, old)),
      admitted([...time(1, WINDOW.latest + 1e9), ...time(11)]),
    ];
    expect(results.map(({ accepted }) => accepted)).toEqual([1, 0, 1, 0, 0]);
    expect(results[1]!.reason).toMatch(/^1 log record was not stored: 1 older/);
    expect(results[4]!.reason).toMatch(/^1 log record was not stored: 1 from the future/);
  });

  test.each<[string, number[][]]>([
    ['nothing at all', []],
    ['zeros as times', [fixed64(1, 0n), fixed64(11, 0n)]],
    ['zeros, the observed time first', [fixed64(11, 0n), field(3, 'INFO'), fixed64(1, 0n)]],
    ['a bad id first', [field(9, zeros(16)), field(3, 'INFO')]],
    ['a list first', [field(6, [...field(1, 'k'), ...field(2, any.array())]), field(10, [])]],
  ])('a record with %s is observed when it arrives', (_, fields) => {
    const record = recordFrom(...fields);
    expect([record.timeUnixNano, record.observedTimeUnixNano]).toEqual([0n, BigInt(NOW)]);
    expect(record.traceId).toHaveLength(0);
    const twice = admitted(fields.flat(), [...time(1), ...field(3, 'next')], fields.flat());
    expect(recordsOf(twice.body).map((r) => r.observedTimeUnixNano)).toEqual([BigInt(NOW), 0n, BigInt(NOW)]);
    expect(recordsOf(twice.body)[1]!.severityText).toBe('next');
  });

  test('a request read back from the journal is not stamped again', () => {
    const bytes = request([]);
    expect(admit(bytes, 'logs', WINDOW)).toMatchObject({ accepted: 1, body: bytes });
  });

  test.each<[string, number[], unknown]>([
    ['text', any.string('it works'), { case: 'stringValue', value: 'it works' }],
    ['an int', any.int(7n), { case: 'intValue', value: 7n }],
    [
      'a map',
      any.map(['b', any.array(any.bool(true))], ['a', []]),
      { case: 'stringValue', value: '{"a":null,"b":[true]}' },
    ],
    ['bytes', any.bytes(1, 2), { case: 'stringValue', value: 'AQI=' }],
    ['NaN', any.double(Number.NaN), { case: 'stringValue', value: 'json: unsupported value: NaN' }],
  ])('a body that is %s is as attributes are', (_, value, kind) => {
    expect(recordFrom(time(1), field(5, value)).body!.kind).toEqual(kind);
  });
});

describe('data points', () => {
  const KINDS = { gauge: 5, sum: 7, histogram: 9, exponential: 10, summary: 11 };
  const metric = (kind: keyof typeof KINDS, ...points: number[][]) =>
    field(2, [
      ...field(1, 'm'),
      ...field(
        KINDS[kind],
        points.flatMap((point) => field(1, point)),
      ),
    ]);
  const admitted = (...metrics: number[][]) => admit(body(...metrics), 'metrics', ARRIVAL);
  const one = (kind: keyof typeof KINDS, ...fields: number[][]) => admitted(metric(kind, fields.flat()));
  const bytes = (n: number) => Array<number>(n * 8).fill(0);

  test('of all kinds are counted', () => {
    const number = [...time(3), ...double(4, 1)];
    const metrics = [
      metric('gauge', number),
      metric('sum', number, number),
      metric('histogram', time(3)),
      metric('exponential', time(3), time(3)),
      metric('summary', time(3)),
    ];
    const request = body(...metrics);
    expect(admit(request, 'metrics', ARRIVAL)).toMatchObject({ accepted: 7, rejected: 0, body: request });
  });

  test.each<[string, number[][], RegExp | null]>([
    ['a double', [double(4, 0)], null],
    ['NaN', [double(4, Number.NaN)], null],
    ['infinity', [double(4, Number.POSITIVE_INFINITY)], null],
    ['an integer', [fixed64(6, 2n ** 64n - 1n)], null],
    ['no value', [], /1 without a value .*no recorded value/],
    ['no value and another flag', [numeric(8, 2)], /1 without a value/],
    ['no value and the flag that says so', [numeric(8, 1)], null],
    ['no value and that flag among others', [numeric(8, 0x101)], null],
  ])('a number with %s', (_, fields, reason) => {
    for (const kind of ['gauge', 'sum'] as const) {
      const result = one(kind, time(3), ...fields);
      expect([result.accepted, result.rejected]).toEqual(reason ? [0, 1] : [1, 0]);
      if (reason) expect(result.reason).toMatch(reason);
    }
  });

  test.each<[string, number[][], boolean]>([
    ['neither', [], true],
    ['one count and no bound', [field(6, bytes(1))], true],
    ['three counts and two bounds', [field(6, bytes(3)), field(7, bytes(2))], true],
    ['the same, one by one', [double(7, 1), ...[1n, 2n, 3n].map((n) => fixed64(6, n)), double(7, 2)], true],
    ['the same, in pieces', [field(6, bytes(1)), field(7, bytes(2)), field(6, bytes(2))], true],
    ['two counts and two bounds', [field(6, bytes(2)), field(7, bytes(2))], false],
    ['counts without bounds', [field(6, bytes(3))], false],
    ['bounds without counts', [field(7, bytes(1))], false],
  ])('a histogram with %s', (_, fields, isKept) => {
    const result = one('histogram', time(3), ...fields);
    expect(result.accepted).toBe(isKept ? 1 : 0);
    if (!isKept)
      expect(result.reason).toMatch(/^1 data point was not stored: 1 with bucket counts that do not fit/);
  });

  test('counts of one point do not reach into the next', () => {
    const two = [...time(3), ...field(6, bytes(2))];
    expect(admitted(metric('histogram', two, two, time(3))).rejected).toBe(2);
  });

  test('a count that is cut off is refused', () => {
    expect(() => one('histogram', time(3), field(6, bytes(1).slice(1)))).toThrow(/cut off/);
  });

  test.each([
    ['no time', [], /1 without a time/],
    ['time 0', fixed64(3, 0n), /1 without a time/],
    ['an old time', time(3, WINDOW.earliest - 1e9), /1 older/],
    ['a future time', time(3, WINDOW.latest + 1e9), /1 from the future/],
  ])('%s is a reason whatever the kind', (_, at, reason) => {
    for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[])
      expect(one(kind, at, double(4, 1)).reason, kind).toMatch(reason);
  });

  test('a metric without data has no points, and that is no fault', () => {
    expect(admitted(field(2, field(1, 'm')), metric('gauge'))).toMatchObject({ accepted: 0, rejected: 0 });
  });

  test('flags beyond 32 bits and offsets beyond 32 bits are truncated as protobuf says', () => {
    const decoded = (fields: number[][], kind: keyof typeof KINDS) => {
      const result = one(kind, time(3), ...fields);
      return JSON.stringify(decodeAs<unknown>('metrics', result.body), (key, value) =>
        typeof value === 'bigint' ? String(value) : key === '$typeName' ? undefined : value,
      );
    };
    expect(decoded([double(4, 1), numeric(8, 2n ** 40n + 6n)], 'gauge')).toMatch(/"flags":6/);
    const offset = field(8, [0x08, ...varint(2n ** 40n + 3n)]);
    expect(decoded([offset], 'exponential')).toMatch(/"offset":-2/);
  });

  test('data of two kinds in one metric: the last counts', () => {
    const gauge = metric('gauge', [...time(3), ...double(4, 1)]);
    const both = field(2, [
      ...gauge.slice(2),
      ...field(KINDS.summary, field(1, time(3))),
      ...field(KINDS.summary, field(1, time(3))),
    ]);
    expect(admitted(both)).toMatchObject({ accepted: 2, rejected: 0 });
  });
});

test('each signal has its own noun in the reason', () => {
  const reason = (signal: Signal, item: number[]) => admit(body(item), signal, ARRIVAL).reason;
  expect(reason('traces', field(2, []))).toMatch(/^1 span was/);
  expect(reason('logs', field(2, time(1, 1)))).toMatch(/^1 log record was/);
  expect(reason('metrics', field(2, field(11, field(1, []))))).toMatch(/^1 data point was/);
});
