/** Log records: every field in by the front door and out of its column, and what the cascade makes of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LAYOUT } from '../../model/otlp.ts';
import { attributes, bytes, type FrontDoor, nanos, openFrontDoor } from './front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door?.stop());

const NOW = BigInt(Date.now()) * 1_000_000n + 123_456n;

const request = (service: string, ...logRecords: object[]) => ({
  resourceLogs: [
    {
      resource: { attributes: attributes({ 'service.name': service, 'service.version': '1.2' }) },
      scopeLogs: [{ logRecords }],
    },
  ],
});

describe('every field of a log record has its column', () => {
  const FULL = {
    resourceLogs: [
      {
        resource: {
          attributes: attributes({
            'service.name': 'full',
            'deployment.environment.name': 'prod',
            b: '2',
            a: '1',
          }),
          droppedAttributesCount: 1,
          entityRefs: [{ type: 'service' }],
        },
        schemaUrl: 'https://resource.example/1',
        scopeLogs: [
          {
            scope: {
              name: 'lib',
              version: '3.1',
              attributes: attributes({ s: 'x' }),
              droppedAttributesCount: 2,
            },
            schemaUrl: 'https://scope.example/1',
            logRecords: [
              {
                timeUnixNano: NOW,
                observedTimeUnixNano: NOW + 5n,
                severityNumber: 17,
                severityText: 'ERR',
                body: { kind: { case: 'stringValue', value: 'it broke\n\n; DROP TABLE otel_logs' } },
                attributes: attributes({ z: '26', k: 'grüße' }),
                droppedAttributesCount: 3,
                flags: 0x8000_0101,
                traceId: bytes('0102030405060708090a0b0c0d0e0f10'),
                spanId: bytes('a1b2c3d4e5f60718'),
                eventName: 'order.failed',
              },
            ],
          },
        ],
      },
    ],
  };
  const COLUMNS: Record<string, [sql: string, value: unknown]> = {
    'ResourceLogs.schema_url': ['ResourceSchemaUrl', 'https://resource.example/1'],
    'Resource.attributes': [
      'toString(ResourceAttributes)',
      "{'a':'1','b':'2','deployment.environment.name':'prod','service.name':'full'}",
    ],
    'Resource.dropped_attributes_count': ['ResourceDroppedAttrCount', 1],
    'ScopeLogs.schema_url': ['ScopeSchemaUrl', 'https://scope.example/1'],
    'InstrumentationScope.name': ['ScopeName', 'lib'],
    'InstrumentationScope.version': ['ScopeVersion', '3.1'],
    'InstrumentationScope.attributes': ['ScopeAttributes', { s: 'x' }],
    'InstrumentationScope.dropped_attributes_count': ['ScopeDroppedAttrCount', 2],
    'LogRecord.time_unix_nano': [nanos('Timestamp'), String(NOW)],
    'LogRecord.observed_time_unix_nano': [nanos('ObservedTimestamp'), String(NOW + 5n)],
    'LogRecord.severity_number': ['SeverityNumber', 17],
    'LogRecord.severity_text': ['SeverityText', 'ERR'],
    'LogRecord.body': ['Body', 'it broke\n\n; DROP TABLE otel_logs'],
    'LogRecord.attributes': ['toString(LogAttributes)', "{'k':'grüße','z':'26'}"],
    'LogRecord.dropped_attributes_count': ['DroppedAttributesCount', 3],
    'LogRecord.flags': ['(Flags, TraceFlags)', [0x8000_0101, 1]],
    'LogRecord.trace_id': ['TraceId', '0102030405060708090a0b0c0d0e0f10'],
    'LogRecord.span_id': ['SpanId', 'a1b2c3d4e5f60718'],
    'LogRecord.event_name': ['EventName', 'order.failed'],
  };
  const WITHOUT_COLUMN = ['Resource.entity_refs'];
  const MESSAGES = ['ResourceLogs', 'Resource', 'ScopeLogs', 'InstrumentationScope', 'LogRecord'];
  const FIELDS = MESSAGES.flatMap((message) =>
    LAYOUT[message]!.filter(({ type }) => !MESSAGES.includes(type)).map(({ name }) => `${message}.${name}`),
  );
  let row: Record<string, unknown>;
  beforeAll(async () => {
    expect(await door.store('logs', FULL)).toMatchObject({ accepted: 1, stored: 1 });
    const columns = Object.entries(COLUMNS).map(([field, [sql]]) => `${sql} AS \`${field}\``);
    const rows = await door.engine.query<typeof row>(
      `SELECT ${columns}, Environment AS env FROM otel_logs WHERE ServiceName = 'full'`,
    );
    row = rows[0]!;
  });

  test.each(FIELDS)('%s', (field) => {
    if (WITHOUT_COLUMN.includes(field)) return;
    expect(COLUMNS, 'a field of the layout without a column').toHaveProperty([field]);
    expect(row[field]).toEqual(COLUMNS[field]![1]);
  });

  test('and the environment one of its own', () => {
    expect(row.env).toBe('prod');
  });
});

test('a body of any kind is the text pdata gives it', async () => {
  const kinds: [object | undefined, string][] = [
    [{ kind: { case: 'stringValue', value: '' } }, ''],
    [{ kind: { case: 'intValue', value: -(2n ** 63n) } }, '-9223372036854775808'],
    [{ kind: { case: 'doubleValue', value: 1e21 } }, '1e+21'],
    [{ kind: { case: 'doubleValue', value: Number.NaN } }, 'json: unsupported value: NaN'],
    [{ kind: { case: 'boolValue', value: false } }, 'false'],
    [{ kind: { case: 'bytesValue', value: bytes('00ff') } }, 'AP8='],
    [
      { kind: { case: 'kvlistValue', value: { values: attributes({ b: '2', a: '1' }) } } },
      '{"a":"1","b":"2"}',
    ],
    [
      { kind: { case: 'arrayValue', value: { values: [{ kind: { case: 'intValue', value: 1n } }, {}] } } },
      '[1,null]',
    ],
    [{}, ''],
    [undefined, ''],
  ];
  const records = kinds.map(([body], i) => ({ timeUnixNano: NOW + BigInt(i), ...(body ? { body } : {}) }));
  await door.store('logs', request('bodies', ...records));
  const rows = await door.engine.query<{ Body: string }>(
    "SELECT Body FROM otel_logs WHERE ServiceName = 'bodies' ORDER BY Timestamp",
  );
  expect(rows.map(({ Body }) => Body)).toEqual(kinds.map(([, text]) => text));
});

test('time is that of the event, else of the observation, else of the arrival', async () => {
  const before = BigInt(Date.now()) * 1_000_000n;
  await door.store(
    'logs',
    request('times', { timeUnixNano: NOW }, { observedTimeUnixNano: NOW + 1n }, { severityText: 'x' }),
  );
  const rows = await door.engine.query<{ at: string; observed: string; text: string }>(
    `SELECT ${nanos('Timestamp')} AS at, ${nanos('ObservedTimestamp')} AS observed, SeverityText AS text
     FROM otel_logs WHERE ServiceName = 'times' ORDER BY Timestamp, text`,
  );
  expect(rows.slice(0, 2)).toEqual([
    { at: String(NOW), observed: '0', text: '' },
    { at: String(NOW + 1n), observed: String(NOW + 1n), text: '' },
  ]);
  expect(rows[2]).toMatchObject({ text: 'x', observed: rows[2]!.at });
  // A double holds the nanoseconds of today to 256: the millisecond may be the one before.
  expect(BigInt(rows[2]!.at) / 1_000_000n).toBeGreaterThanOrEqual(before / 1_000_000n - 1n);
});

test('severities beyond the scale stay within a byte', async () => {
  const records = [-1, 0, 24, 300].map((severityNumber, i) => ({
    timeUnixNano: NOW + BigInt(i),
    severityNumber,
  }));
  await door.store('logs', request('severe', ...records));
  const rows = await door.engine.query<{ n: number }>(
    "SELECT SeverityNumber AS n FROM otel_logs WHERE ServiceName = 'severe' ORDER BY Timestamp",
  );
  expect(rows.map(({ n }) => n)).toEqual([0, 0, 24, 255]);
});

test('a segment is stored once however often it is repeated, in every table of the cascade', async () => {
  const cascade = async () => ({
    logs: await door.engine.query("SELECT count() AS n FROM otel_logs WHERE ServiceName = 'twice'"),
    counts: await door.engine.query(
      `SELECT Environment, SeverityNumber, sum(Records) AS n FROM log_counts_1m WHERE ServiceName = 'twice'
       GROUP BY ALL ORDER BY ALL`,
    ),
    seen: await door.engine.query(
      "SELECT ServiceVersion, max(LastSeen) AS last FROM service_seen WHERE ServiceName = 'twice' GROUP BY ALL",
    ),
    log: await door.engine.query("SELECT sum(Rows) AS n FROM ingest_log WHERE Target = 'otel_logs'"),
  });
  const { segment, stored } = await door.store(
    'logs',
    request('twice', { timeUnixNano: NOW, severityNumber: 9 }, { timeUnixNano: NOW, severityNumber: 17 }),
    request('twice', { timeUnixNano: NOW, severityNumber: 17 }),
  );
  expect(stored).toBe(3);
  const once = await cascade();
  expect(once.logs).toEqual([{ n: 3 }]);
  expect(once.counts).toEqual([
    { Environment: '', SeverityNumber: 9, n: 1 },
    { Environment: '', SeverityNumber: 17, n: 2 },
  ]);
  expect(once.seen).toMatchObject([{ ServiceVersion: '1.2' }]);
  for (let i = 0; i < 2; i++) expect(await door.engine.insertSegment(segment)).toBe(3);
  expect(await cascade()).toEqual(once);
});
