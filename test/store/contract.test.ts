/** One suite for both sides of the port: what is above the store cannot tell them apart. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Problem } from '../../base/errors.ts';
import { connect } from '../../store/client.ts';
import { startTestEngine, startTestServer, type TestEngine, writeSegment } from '../helpers/engine.ts';
import { newTraceId, plainRequest, traceRequest } from '../helpers/otlp.ts';

const problemOf = (work: Promise<unknown>): Promise<Problem> =>
  work.then(
    () => expect.unreachable('it did not fail'),
    (thrown) => {
      expect(thrown).toBeInstanceOf(Problem);
      return thrown as Problem;
    },
  );

/** What each table of the cascade holds of the segments so far. */
const CASCADE = {
  otel_traces: 'SELECT count() AS n FROM otel_traces',
  otel_traces_trace_id_ts: 'SELECT uniqExact(TraceId, Start) + count() AS n FROM otel_traces_trace_id_ts',
  span_red_5s: 'SELECT sum(Spans) AS n FROM span_red_5s',
  span_red_1m: 'SELECT sum(Spans) AS n FROM span_red_1m',
  service_seen: 'SELECT count() AS n FROM service_seen FINAL',
  ingest_log: 'SELECT sum(Rows) AS n FROM ingest_log',
};

interface Side extends TestEngine {
  /** Of the server side. */
  url?: string;
}

const SIDES: { side: string; over: 'socket' | 'tcp'; start: () => Promise<Side> }[] = [
  { side: 'embedded: a segment is a file, behind a unix socket', over: 'socket', start: startTestEngine },
  { side: 'server: a segment is a body, over TCP', over: 'tcp', start: startTestServer },
];

describe.each(SIDES)('$side', ({ start, over }) => {
  let it: Side;
  beforeAll(async () => {
    it = await start();
  });
  afterAll(() => it?.stop());

  const count = async (sql: string, params = {}) => {
    const [row] = await it.engine.query<{ n: number }>(sql, params);
    return Number(row!.n);
  };
  const cascade = async () => {
    const counts: Record<string, number> = {};
    for (const [table, sql] of Object.entries(CASCADE)) counts[table] = await count(sql);
    return counts;
  };

  describe('a segment', () => {
    test('is stored once in every table of the cascade however often it is inserted under its token', async () => {
      const segment = writeSegment(it.folder, [plainRequest(3), plainRequest(4, 'cart')]);
      expect(await it.engine.insertSegment(segment), 'rows returned').toBe(7);
      const once = await cascade();
      expect(once.otel_traces).toBeGreaterThanOrEqual(7);
      for (let i = 0; i < 3; i++) expect(await it.engine.insertSegment(segment)).toBe(7);
      expect(await cascade()).toEqual(once);
    });

    test('of sampled and unsampled spans is rolled up once, by five seconds and by minute', async () => {
      const service = newTraceId();
      const spans = ['', 'ot=th:8', 'ot=th:c'].map((traceState) => ({ traceState }));
      const segment = writeSegment(it.folder, [traceRequest({ service, spans })]);
      for (let i = 0; i < 3; i++) await it.engine.insertSegment(segment);
      for (const table of ['span_red_5s', 'span_red_1m']) {
        const sums = `SELECT sum(Spans) AS spans, sum(Requests) AS requests FROM ${table} WHERE ServiceName = {service:String}`;
        expect(await it.engine.query(sums, { service }), table).toEqual([{ spans: 3, requests: 7 }]);
      }
    });

    test('is stored again under another token', async () => {
      const traceId = newTraceId();
      const request = plainRequest(2, 'twice', { traceId });
      const before = await cascade();
      for (const token of ['first', 'second'])
        expect(await it.engine.insertSegment(writeSegment(it.folder, [request], `${traceId}-${token}`))).toBe(
          2,
        );
      expect(
        await count('SELECT count() AS n FROM otel_traces WHERE TraceId = {traceId:String}', { traceId }),
      ).toBe(4);
      const after = await cascade();
      expect(after.span_red_5s! - before.span_red_5s!).toBe(4);
      expect(after.span_red_1m! - before.span_red_1m!).toBe(4);
      expect(after.ingest_log! - before.ingest_log!).toBe(4);
    });

    test('without a byte in it stores nothing and is no error', async () => {
      const path = join(it.folder, 'empty.seg');
      writeFileSync(path, '');
      expect(await it.engine.insertSegment({ signal: 'traces', path, token: 'empty' })).toBe(0);
    });

    test('that is not protobuf is a failure that no retry helps, and stores nothing', async () => {
      const path = join(it.folder, 'broken.seg');
      writeFileSync(path, Buffer.from([5, 10, 200, 1, 2, 3]));
      const before = await cascade();
      const problem = await problemOf(it.engine.insertSegment({ signal: 'traces', path, token: 'broken' }));
      expect(problem).toMatchObject({ code: 'query_failed', retryable: false });
      expect(await cascade()).toEqual(before);
    });

    test('with bytes that would end inline data and begin a statement is only data', async () => {
      const traceId = newTraceId();
      const text = '\n\n; DROP TABLE otel_traces; SELECT 1\n\nDROP TABLE span_red_1m';
      const request = traceRequest({
        service: "evil'; DROP TABLE otel_traces; --",
        spans: [
          {
            traceId,
            name: text,
            attributes: { text, 'DROP TABLE ingest_log\n\n;': new Uint8Array([10, 10]) },
          },
        ],
      });
      expect(await it.engine.insertSegment(writeSegment(it.folder, [request]))).toBe(1);
      const [row] = await it.engine.query<{ text: string; name: string }>(
        `SELECT SpanAttributes['text'] AS text, SpanName AS name FROM otel_traces WHERE TraceId = {traceId:String}`,
        { traceId },
      );
      expect(row).toEqual({ text, name: text });
      expect((await cascade()).span_red_1m).toBeGreaterThan(0);
    });

    test('whose token has quotes and backslashes keeps it', async () => {
      const token = `it's a "token" \\ ${newTraceId()}`;
      const segment = { ...writeSegment(it.folder, [plainRequest(2)]), token };
      expect(await it.engine.insertSegment(segment)).toBe(2);
      expect(await it.engine.insertSegment(segment)).toBe(2);
      expect(await count('SELECT count() AS n FROM ingest_log WHERE Token = {token:String}', { token })).toBe(
        1,
      );
    });
  });

  describe('a parameter', () => {
    test.each([
      ['quotes', `it's "quoted" \`so\``],
      ['backslashes', "C:\\new\\table \\' \\\\"],
      ['newlines and tabs', 'a\nb\r\n\tc\n\n'],
      ['SQL text', `'; DROP TABLE otel_traces; SELECT '`],
      ['a placeholder', '{other:String}'],
      ['a comment', '-- x */ /*'],
      ['unicode', 'grüße 日本語 😀 \u2028 \u200b'],
      ['nothing', ''],
      ['the words of null', 'NULL \\N null'],
      ['a percent sign and plus', '100%25 + 1%'],
    ])('is bound and never parsed: %s', async (_, text) => {
      const rows = await it.engine.query('SELECT {text:String} AS text, {list:Array(String)} AS list', {
        text,
        list: [text, 'other'],
      });
      expect(rows).toEqual([{ text, list: [text, 'other'] }]);
    });

    test('holds every digit of a 64-bit number', async () => {
      const rows = await it.engine.query(
        'SELECT toString({most:UInt64}) AS most, toString({least:Int64}) AS least, {safe:UInt64} AS safe',
        { most: '18446744073709551615', least: '-9223372036854775808', safe: 9007199254740991 },
      );
      expect(rows).toEqual([
        { most: '18446744073709551615', least: '-9223372036854775808', safe: 9007199254740991 },
      ]);
    });

    test('of one query is not there in the next', async () => {
      await it.engine.query('SELECT {mine:String} AS x', { mine: 'secret' });
      await it.engine.query('SELECT {mine:String} AS x', { mine: 'other' });
      const rows = await Promise.all(
        Array.from({ length: 8 }, (_, i) => it.engine.query('SELECT {mine:String} AS x', { mine: `${i}` })),
      );
      expect(rows.flat()).toEqual(Array.from({ length: 8 }, (_, i) => ({ x: `${i}` })));
    });
  });

  describe('a query', () => {
    test('that takes too long is stopped, and says that another attempt can help', async () => {
      const endless = 'SELECT count() AS n FROM system.numbers WHERE number % 7 = sipHash64(number)';
      const problem = await problemOf(it.engine.query(endless, {}, { maxSeconds: 1 }));
      expect(problem).toMatchObject({ code: 'too_slow', retryable: true });
      expect(await it.engine.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    test.each([
      ['no SQL', 'nonsense'],
      ['a table that is not there', 'SELECT * FROM nowhere'],
      ['a column that is not there', 'SELECT nothing FROM otel_traces'],
      ['a parameter that is not given', 'SELECT {missing:String} AS x'],
    ])('that is wrong is a problem that no retry helps: %s', async (_, sql) => {
      expect(await problemOf(it.engine.query(sql))).toMatchObject({ code: 'query_failed', retryable: false });
    });

    test('leaves none of its settings behind for the next', async () => {
      await it.engine.insertSegment(writeSegment(it.folder, [plainRequest(1)], 'leaves-a-token'));
      await it.engine.query('SELECT 1', {}, { maxSeconds: 3 });
      const read = `SELECT getSetting('insert_deduplication_token') AS token,
        getSetting('format_schema') AS schema`;
      for (let i = 0; i < 4; i++)
        expect(await it.engine.query(read, {}, { maxSeconds: 7 })).toMatchObject([{ token: '', schema: '' }]);
      // The one session that writes.
      await it.engine.command('CREATE TABLE left_behind (Token String, Schema String) ENGINE = Memory');
      await it.engine.command(
        `INSERT INTO left_behind SELECT getSetting('insert_deduplication_token'), getSetting('format_schema')`,
      );
      expect(await it.engine.query('SELECT * FROM left_behind')).toEqual([{ Token: '', Schema: '' }]);
      await it.engine.command('DROP TABLE left_behind');
    });

    test('runs beside others and beside inserts, each with its own answer', async () => {
      const segments = Array.from({ length: 4 }, (_, i) => writeSegment(it.folder, [plainRequest(i + 1)]));
      const inserts = segments.map((segment) => it.engine.insertSegment(segment));
      const queries = Array.from({ length: 12 }, (_, i) =>
        it.engine.query('SELECT sleep(0.01), {i:UInt32} AS i', { i }),
      );
      expect(await Promise.all(inserts)).toEqual([1, 2, 3, 4]);
      expect((await Promise.all(queries)).flat()).toMatchObject(
        Array.from({ length: 12 }, (_, i) => ({ i })),
      );
    });
  });

  test('rows of our own go in whatever stands in them', async () => {
    const rows = ['plain', "\n\n'; DROP TABLE rows_of_ours; --", '日本 "\\'].map((Text, N) => ({ Text, N }));
    await it.engine.command(
      'CREATE TABLE rows_of_ours (Text String, N UInt32) ENGINE = MergeTree ORDER BY N',
    );
    await it.engine.insertRows('rows_of_ours', rows);
    await it.engine.insertRows('rows_of_ours', []);
    expect(await it.engine.query('SELECT Text, N FROM rows_of_ours ORDER BY N')).toEqual(rows);
    await it.engine.command('DROP TABLE rows_of_ours');
  });

  test('a ping is true', async () => {
    expect(await it.engine.ping()).toBe(true);
  });

  test.runIf(over === 'socket')('the socket is open to its owner only', () => {
    const { mode } = statSync(join(it.folder, 'engine', 'engine.sock'));
    expect((mode & 0o777).toString(8)).toBe('600');
  });

  test.runIf(over === 'tcp').each(['wrong', ''])('the password %j is refused', async (password) => {
    const url = new URL(it.url!);
    url.password = password;
    const intruder = connect({ name: 'intruder', url: url.href, transport: 'body' });
    expect((await problemOf(intruder.query('SELECT 1'))).message).toContain('516');
    expect(await intruder.ping()).toBe(false);
    await intruder.close();
  });
});

describe('an engine that cannot be asked', () => {
  test('is away: store_down, and a retry can help', async () => {
    const engine = connect({ name: 'nowhere', url: 'http://127.0.0.1:1', transport: 'body' });
    const down = { code: 'store_down', retryable: true };
    expect(await problemOf(engine.query('SELECT 1'))).toMatchObject(down);
    expect(await problemOf(engine.command('SELECT 1'))).toMatchObject(down);
    expect(await engine.ping(500)).toBe(false);
    await engine.close();
  });
});
