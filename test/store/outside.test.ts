/** Queries read the store and nothing else: no way from what people type to a file, another host or a statement. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../api/app.ts';
import type { Status } from '../../model/status.ts';
import { reachesOutside } from '../../store/embedded/statement.ts';
import type { Engine } from '../../store/engine.ts';
import { IDLE_DESK } from '../api/idle-desk.ts';
import { startTestEngine, store, type TestEngine } from '../helpers/engine.ts';
import { recordingLog } from '../helpers/log.ts';
import { newTraceId, traceRequest } from '../helpers/otlp.ts';

/** In every hostile text, so that it is known wherever it turns up. */
const MARK = 'zqx7';
let it: TestEngine;
let secretFile: string;
let asked: string[] = [];
beforeAll(async () => {
  it = await startTestEngine();
  secretFile = join(it.folder, 'secret.txt');
  writeFileSync(secretFile, 'the content of a file');
  const spans = [{ traceId: newTraceId(), name: 'GET /', start: Date.now() - 60_000, durationMs: 12 }];
  await store(it, traceRequest({ service: 'shop', environment: 'prod', spans }));
});
afterAll(() => it?.stop());

describe('the embedded engine does not run a read that could reach outside:', () => {
  test.each([
    `SELECT * FROM file('/etc/passwd', 'LineAsString')`,
    `SELECT * FROM FILE ('/etc/passwd', 'LineAsString')`,
    'SELECT * FROM `file`(1)',
    `SELECT * FROM file/* */('/etc/passwd')`,
    `SELECT * FROM file -- \n ('/etc/passwd')`,
    `SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')`,
    `SELECT * FROM s3Cluster('x')`,
    `SELECT * FROM remote('127.0.0.1', system.one)`,
    `SELECT * FROM executable('id', 'LineAsString', 'line String')`,
    `SELECT 1 INTO OUTFILE '/tmp/x'`,
  ])('%s', async (sql) => {
    expect(reachesOutside(sql)).toBe(true);
    await expect(it.engine.query(sql)).rejects.toMatchObject({ code: 'query_failed' });
  });

  test('and reads the store all the same', async () => {
    expect(
      await it.engine.query(`SELECT count() AS n FROM otel_traces WHERE SpanName != 'url.full'`),
    ).toEqual([{ n: 1 }]);
  });
});

const hostile = (): string[] => [
  `${MARK}' OR 1=1 --`,
  `${MARK}') UNION ALL SELECT * FROM file('${secretFile}', 'LineAsString') --`,
  `${MARK}\\') FROM url('http://127.0.0.1:1/') --`,
  `${MARK}\`; DROP TABLE otel_traces; --`,
  `${MARK}"}{x:String}`,
  `${MARK}\u0000'`,
  `${MARK}\n\n'; SELECT 1`,
  `${MARK}%27%00\\x27`,
  `{${MARK}:Identifier}`,
  `../../${MARK}`,
  `${MARK}\u{1f600}\u202e'`,
  `now-${MARK}h`,
];

/** Every name that any route knows, and one that none knows. */
const PARAMETERS = [
  ...['from', 'to', 'env', 'service', 'operation', 'status', 'entry', 'min', 'max', 'f', 'sort', 'limit'],
  ...['q', 'level', 'trace', 'before', 'name', 'by', 'agg', 'caller', 'callee', 'location', 'severity'],
  ...['rule', 'target', 'incident', 'format', 'a', 'b', 'at', 'service.name', 'other'],
];

function api() {
  const engine: Engine = {
    ...it.engine,
    query: (sql, params, limits) => {
      asked.push(sql);
      // What is the same for every text needs no engine.
      return JSON.stringify(params ?? {}).includes(MARK)
        ? it.engine.query(sql, params, limits)
        : Promise.resolve([]);
    },
  };
  return createApi({
    engine,
    status: async () => ({ journal: { lagMs: 0 } }) as Status,
    senders: () => ({ senders: [], forgotten: 0 }),
    desk: IDLE_DESK,
    clock: { now: Date.now },
    log: recordingLog(),
    pages: '/nowhere',
  }).app;
}

test('what stands in a URL is never in the SQL, and never an error of the engine', async () => {
  const app = api();
  const texts = hostile();
  // The live stream does not end by itself, and asks what the list of services asks.
  const routes = app.routes.filter(
    ({ method, path }) => method === 'GET' && path.startsWith('/api/') && path !== '/api/live',
  );
  const wrong: string[] = [];
  let turn = 0;
  const look = async (path: string) => {
    asked = [];
    const answer = await app.request(`http://localhost${path}`, { headers: { host: 'localhost' } });
    const text = await answer.text();
    if (answer.status >= 500) wrong.push(`${path} answered ${answer.status}: ${text.slice(0, 200)}`);
    if (text.includes('the content of a file')) wrong.push(`${path} reads a file`);
    if (asked.some((sql) => sql.includes(MARK))) wrong.push(`${path} is in the SQL`);
  };
  for (const { path } of routes) {
    const plain = path.replace(/:\w+/g, 'shop');
    for (const name of PARAMETERS) {
      const text = texts[turn++ % texts.length]!;
      await look(`${plain}?name=shop&${new URLSearchParams({ [name]: text })}`);
      if (name === 'f')
        for (const each of texts) await look(`${plain}?${new URLSearchParams({ f: `${each}:${each}` })}`);
    }
    if (path.includes(':'))
      for (const text of texts.slice(turn % 6, (turn % 6) + 6))
        await look(path.replace(/:\w+/g, () => encodeURIComponent(text)));
  }
  expect(wrong).toEqual([]);
  expect(await it.engine.query('SELECT count() AS n FROM otel_traces')).toEqual([{ n: 1 }]);
}, 120_000);
