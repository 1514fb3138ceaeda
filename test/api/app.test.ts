/** Every answer of the API and the pages: safe, told in one form, and never more than was asked for. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiOptions, createApi } from '../../api/app.ts';
import { Problem } from '../../base/errors.ts';
import type { Failure } from '../../model/failure.ts';
import type { Status } from '../../model/status.ts';
import type { Engine } from '../../store/engine.ts';
import { startTestEngine, store, type TestEngine } from '../helpers/engine.ts';
import { makeFolder } from '../helpers/folder.ts';
import { recordingLog } from '../helpers/log.ts';
import { newTraceId, traceRequest } from '../helpers/otlp.ts';
import { IDLE_DESK } from './idle-desk.ts';

const folder = makeFolder();
const PAGE = '<!doctype html><title>Loopwatch</title>';
const TRACE = newTraceId();

let it: TestEngine;
beforeAll(async () => {
  mkdirSync(join(folder.path, 'pages', 'assets'), { recursive: true });
  writeFileSync(join(folder.path, 'pages', 'index.html'), PAGE);
  writeFileSync(join(folder.path, 'pages', 'assets', 'index-abc.js'), 'export {};');
  writeFileSync(join(folder.path, 'secret.txt'), 'secret');
  it = await startTestEngine();
  const spans = [{ traceId: TRACE, name: 'GET /', start: Date.now() - 60_000, durationMs: 12 }];
  await store(it, traceRequest({ service: 'shop/ä', environment: 'prod', spans }));
});
afterAll(async () => {
  await it?.stop();
  folder.remove();
});

const LOG = recordingLog();
const status = async () => ({ version: 'test' }) as Status;

function api(options: Partial<ApiOptions> = {}) {
  const pages = join(folder.path, 'pages');
  return createApi({
    engine: it.engine,
    status,
    clock: { now: Date.now },
    log: LOG,
    pages,
    senders: () => ({ senders: [], forgotten: 0 }),
    desk: IDLE_DESK,
    ...options,
  }).app;
}

const ask = (path: string, init: RequestInit = {}, app = api()) =>
  app.request(`http://localhost:8080${path}`, {
    ...init,
    headers: { host: 'localhost:8080', ...init.headers },
  });

const failing = (thrown: unknown): Engine => ({ ...it.engine, query: () => Promise.reject(thrown) });

async function expectFailure(
  answer: Response,
  httpStatus: number,
  code: string,
  sentence: RegExp,
): Promise<void> {
  const { error } = (await answer.json()) as Failure;
  expect({ status: answer.status, code: error.code }).toEqual({ status: httpStatus, code });
  expect(error.message).toMatch(sentence);
  expect(answer.headers.get('content-type')).toBe('application/json');
}

describe('an answer', () => {
  test('has the services, the operations, the search and the trace', async () => {
    expect(await (await ask('/api/services')).json()).toMatchObject({
      services: [{ service: 'shop/ä', requests: 1 }],
    });
    const operations = await ask(`/api/services/${encodeURIComponent('shop/ä')}/operations?env=prod`);
    expect(await operations.json()).toMatchObject({ operations: [{ operation: 'GET /' }] });
    const found = await ask('/api/traces?operation=GET%20/&min=10ms&max=1s&from=now-15m');
    expect(await found.json()).toMatchObject({ traces: [{ traceId: TRACE }], more: false });
    expect(await (await ask('/api/traces?operation=other')).json()).toEqual({ traces: [], more: false });
    const trace = await ask(`/api/traces/${TRACE.toUpperCase()}`);
    expect(await trace.json()).toMatchObject({ traceId: TRACE, spans: [{ name: 'GET /' }] });
    expect(await (await ask('/api/status')).json()).toEqual({ version: 'test' });
  });

  test('has the map, the heat map, the counts of logs and the catalogue', async () => {
    expect(await (await ask('/api/map')).json()).toMatchObject({
      nodes: [{ id: 'service:shop/ä' }],
      edges: [],
    });
    expect(await (await ask('/api/traces/heatmap?service=shop/ä')).json()).toMatchObject({ rows: [{}] });
    expect(await (await ask('/api/logs')).json()).toEqual({ records: [], next: null });
    expect(await (await ask('/api/logs/histogram')).json()).toMatchObject({ stepMs: 60_000 });
    expect(await (await ask('/api/metrics')).json()).toEqual({ metrics: [], more: false });
    expect(await (await ask('/api/capacity')).json()).toMatchObject({ resources: [], bottleneck: null });
  });

  test.each(['traces', 'logs', 'map'])('is a file to take away: %s', async (view) => {
    const answer = await ask(`/api/${view}/export?format=csv`);
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="loopwatch-${view}.csv"`);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect((await answer.text()).endsWith('\r\n')).toBe(true);
  });

  test('with several filters holds all of them', async () => {
    const path = (f: string[]) => `/api/traces?${f.map((one) => `f=${encodeURIComponent(one)}`).join('&')}`;
    const environment = 'deployment.environment.name:prod';
    const both = await ask(path([environment, 'service.name:shop/ä']));
    expect(await both.json()).toMatchObject({ traces: [{ traceId: TRACE }] });
    expect(await (await ask(path([environment, 'service.name:other']))).json()).toMatchObject({ traces: [] });
  });

  test.each([
    '/api/status',
    '/api/services',
    '/api/nothing',
    '/api/traces/xyz',
    '/api/traces?limit=0',
    '/',
    '/services/shop',
    '/assets/index-abc.js',
    '/assets/gone.js',
    '/favicon.ico',
  ])('of any kind keeps scripts, frames and guests out: %s', async (path) => {
    const { headers } = await ask(path);
    const csp = headers.get('content-security-policy')!;
    expect(csp).toContain("default-src 'none'");
    expect(csp).toContain("frame-ancestors 'none'");
    expect(csp).not.toMatch(/unsafe|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    if (path.startsWith('/api')) expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('only this machine', () => {
  test.each(['localhost', 'localhost:8080', 'LOCALHOST:1', '127.0.0.1', '127.1.2.3:8080', '[::1]:8080'])(
    'is answered: %s',
    async (host) => {
      expect((await ask('/api/status', { headers: { host } })).status).toBe(200);
    },
  );

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:8080',
    '',
    '0.0.0.0',
    '[::2]',
  ])('is answered, not what a name that was bound to it asks: %j', async (host) => {
    for (const path of ['/api/status', '/', '/assets/index-abc.js']) {
      const answer = await ask(path, { headers: { host } });
      await expectFailure(answer, 403, 'forbidden_host', /answers to localhost only/);
      expect(answer.headers.get('content-security-policy')).toBeTruthy();
    }
  });
});

describe('a failure', () => {
  test.each<[string, number, string, RegExp]>([
    ['/api/nothing', 404, 'not_found', /There is no \/api\/nothing/],
    ['/api', 404, 'not_found', /There is no/],
    ['/api/traces/xyz', 400, 'invalid_parameter', /32 hex digits/],
    ['/api/traces/00', 400, 'invalid_parameter', /32 hex digits/],
    [`/api/traces/${'ab'.repeat(16)}`, 404, 'not_found', /There is no trace abab.*retention/],
    ['/api/services?from=yesterday', 400, 'invalid_parameter', /^from: "yesterday" is not a time/],
    ['/api/services?from=now&to=now-1h', 400, 'invalid_parameter', /"from" must lie before "to"/],
    ['/api/live?from=2026-01-01', 400, 'invalid_parameter', /Only ranges that end now/],
    ['/api/map/edge?caller=web&callee=host:x', 400, 'invalid_parameter', /caller: is not a node of the map/],
    [
      '/api/map/edge?caller=host:a&callee=host:b',
      400,
      'invalid_parameter',
      /One end of an edge is a service/,
    ],
    ['/api/metrics/series?name=never', 404, 'not_found', /No metric "never"/],
    ['/api/metrics/series?name=x&agg=mean', 400, 'invalid_parameter', /agg: /],
    ['/api/traces/compare?a=min%3Dfast&b=', 400, 'invalid_parameter', /min: /],
    ['/api/logs?before=x', 400, 'invalid_parameter', /^before: "x" is not the cursor of a page/],
    ['/api/logs?level=worst&trace=1', 400, 'invalid_parameter', /level: .*trace: A trace id has 32/],
    ['/api/logs/export?format=xls', 400, 'invalid_parameter', /request: |format/],
    ['/api/traces?min=fast&limit=0&sort=name&f=x', 400, 'invalid_parameter', /min: .*f.*sort: .*limit: /],
  ])('is told with status, code and sentence: %s', async (path, httpStatus, code, sentence) => {
    await expectFailure(await ask(path), httpStatus, code, sentence);
  });

  test.each(['POST', 'PUT', 'DELETE'])('is every %s', async (method) => {
    const headers = { 'content-type': 'application/json' };
    await expectFailure(await ask('/api/services', { method, headers }), 404, 'not_found', /There is no/);
  });

  test.each<[string, unknown, number, boolean, RegExp]>([
    [
      'store_down',
      new Problem('store_down', 'ECONNREFUSED /secret/path', { retryable: true }),
      503,
      true,
      /does not answer/,
    ],
    ['too_slow', new Problem('too_slow', 'Code: 159', { retryable: true }), 504, true, /over 10 s.*Narrow/],
    ['internal', new Problem('query_failed', 'Code: 47 SELECT secret'), 500, false, /its log says what/],
    ['internal', new TypeError('secret of x'), 500, false, /its log says what/],
  ])(
    'of the store is told as %s, without its insides',
    async (code, thrown, httpStatus, retryable, sentence) => {
      const answer = await ask('/api/services', {}, api({ engine: failing(thrown) }));
      const text = await answer.clone().text();
      expect(text).not.toMatch(/secret|Code:/);
      expect((JSON.parse(text) as Failure).error.retryable).toBe(retryable);
      await expectFailure(answer, httpStatus, code, sentence);
    },
  );

  test('that nobody foresaw is in the log', async () => {
    await ask('/api/services', {}, api({ engine: failing(new TypeError('what happened')) }));
    expect(LOG.lines.at(-1)).toMatchObject({ level: 'error', details: { reason: 'what happened' } });
  });
});

describe('the pages', () => {
  test.each(['/', '/services', '/services/shop.example', '/rules/slow.search', '/traces/abc?x=1'])(
    'are one page: %s',
    async (path) => {
      const answer = await ask(path);
      expect({ status: answer.status, text: await answer.text() }).toEqual({ status: 200, text: PAGE });
      expect(answer.headers.get('cache-control')).toBe('no-cache');
    },
  );

  test('keep what has its content in its name, and nothing else', async () => {
    const forever = 'public, max-age=31536000, immutable';
    expect((await ask('/assets/index-abc.js')).headers.get('cache-control')).toBe(forever);
    const gone = await ask('/assets/index-def.js');
    expect({ status: gone.status, cache: gone.headers.get('cache-control') }).toEqual({
      status: 404,
      cache: 'no-cache',
    });
  });

  test.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/....//secret.txt',
    '/..\\secret.txt',
  ])('are all that is served: %s', async (path) => {
    expect(await (await ask(path)).text()).not.toContain('secret');
  });

  test('that are not built say so', async () => {
    const answer = await ask('/', {}, api({ pages: join(folder.path, 'nowhere') }));
    expect({ status: answer.status, text: await answer.text() }).toEqual({
      status: 503,
      text: expect.stringContaining('npm run build'),
    });
  });
});
