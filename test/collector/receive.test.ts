/** The door on a real port: what senders are told, and what is stored of what they sent. */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Problem } from '../../base/errors.ts';
import { scan } from '../../collector/journal/frame.ts';
import { RPC } from '../../collector/receive/answer.ts';
import { eventually } from '../helpers/eventually.ts';
import { plainRequest, type SpanSpec, traceRequest } from '../helpers/otlp.ts';
import { decode } from './decoded.ts';
import {
  type Answer,
  type Door,
  MAX_BODY,
  MAX_IN_FLIGHT,
  NOW,
  openDoor,
  type Post,
  partialSuccess,
  post,
  rpcStatus,
  stuckClient,
} from './door.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

const BODY = plainRequest(3);
const LARGE = plainRequest(3, 'shop', { name: 'x'.repeat(2 ** 20) });
/** Two members, as RFC 1952 allows: the length at the end is that of the second alone. */
const TWO_MEMBERS = Buffer.concat([gzipSync(LARGE.subarray(0, -5)), gzipSync(LARGE.subarray(-5))]);
const send = (body: Uint8Array = BODY, how: Post = {}) => post(door.port, body, how);

/** Names of the spans that are in the journal. */
async function journaled(): Promise<string[]> {
  await door.journal.seal('traces');
  const segment = door.journal.oldest('traces');
  if (segment === undefined) return [];
  return scan(readFileSync(segment.path)).requests.flatMap((request) =>
    decode(request).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => (spans as unknown as { name: string }[]).map((span) => span.name)),
    ),
  );
}

function expectSuccess(answer: Answer): void {
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/x-protobuf' } });
  expect(answer.body, 'partial_success is unset').toHaveLength(0);
}

function expectRefusal(answer: Answer, status: number, code: number, sentence: RegExp): void {
  expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/x-protobuf' } });
  expect(rpcStatus(answer)).toEqual({ code, message: expect.stringMatching(sentence) });
  expect('retry-after' in answer.headers, 'only what can pass is to be sent again').toBe(status === 503);
}

describe('a request is stored and answered with 200 and nothing else', () => {
  test.each<[string, Uint8Array, Post]>([
    ['plain', BODY, {}],
    ['called identity', BODY, { headers: { 'Content-Encoding': 'identity' } }],
    ['gzip', gzipSync(BODY), { headers: { 'Content-Encoding': 'gzip' } }],
    ['GZIP in capitals', gzipSync(BODY), { headers: { 'Content-Encoding': ' GZIP ' } }],
    ['deflate', deflateSync(BODY), { headers: { 'Content-Encoding': 'deflate' } }],
    ['in chunks without a length', BODY, { chunked: true }],
    ['gzip in chunks', gzipSync(BODY), { chunked: true, headers: { 'Content-Encoding': 'gzip' } }],
    ['gzip of 3 MiB', gzipSync(LARGE), { headers: { 'Content-Encoding': 'gzip' } }],
    ['deflate of 3 MiB', deflateSync(LARGE), { headers: { 'Content-Encoding': 'deflate' } }],
    [
      'gzip of 3 MiB whose end speaks of a few bytes',
      TWO_MEMBERS,
      { headers: { 'Content-Encoding': 'gzip' } },
    ],
    [
      'with parameters of the media type',
      BODY,
      { headers: { 'Content-Type': 'application/x-protobuf; charset=utf-8' } },
    ],
    ['with the media type in another case', BODY, { headers: { 'Content-Type': 'Application/X-Protobuf' } }],
    ['with a query in the path', BODY, { path: '/v1/traces?x=1' }],
  ])('%s', async (_, body, how) => {
    expectSuccess(await send(body, how));
    expect(await journaled()).toHaveLength(3);
  });

  test('an empty one is a success and stores nothing', async () => {
    expectSuccess(await send(Buffer.alloc(0)));
    expectSuccess(await send(traceRequest()));
    expect(await journaled()).toEqual([]);
  });
});

describe('a request that is not right is refused with a sentence and google.rpc.Status', () => {
  const gzip = { 'Content-Encoding': 'gzip' };
  test.each<[string, Uint8Array, Post, number, number, RegExp]>([
    [
      'an unknown encoding',
      BODY,
      { headers: { 'Content-Encoding': 'br' } },
      400,
      RPC.INVALID_ARGUMENT,
      /"br".*gzip, deflate or none/,
    ],
    ['what is not gzip', BODY, { headers: gzip }, 400, RPC.INVALID_ARGUMENT, /not gzip/],
    [
      'gzip that is cut off',
      gzipSync(BODY).subarray(0, -9),
      { headers: gzip },
      400,
      RPC.INVALID_ARGUMENT,
      /not gzip/,
    ],
    ['no byte called gzip', Buffer.alloc(0), { headers: gzip }, 400, RPC.INVALID_ARGUMENT, /not gzip/],
    [
      'what is not deflate',
      BODY,
      { headers: { 'Content-Encoding': 'deflate' } },
      400,
      RPC.INVALID_ARGUMENT,
      /not deflate/,
    ],
    [
      'what is not protobuf',
      Buffer.from('{"resourceSpans":[]}'),
      {},
      400,
      RPC.INVALID_ARGUMENT,
      /at byte \d+.*check the exporter/,
    ],
    ['protobuf that is cut off', BODY.subarray(0, -1), {}, 400, RPC.INVALID_ARGUMENT, /at byte \d+/],
    ['another path', BODY, { path: '/v2/traces' }, 404, RPC.NOT_FOUND, /\/v1\/traces/],
    ['the root', BODY, { path: '/' }, 404, RPC.NOT_FOUND, /\/v1\/traces/],
    ['the path of an object’s own', BODY, { path: '/constructor' }, 404, RPC.NOT_FOUND, /\/v1\/traces/],
    [
      'JSON',
      Buffer.from('{}'),
      { headers: { 'Content-Type': 'application/json' } },
      415,
      RPC.INVALID_ARGUMENT,
      /OTEL_EXPORTER_OTLP_PROTOCOL=http\/protobuf/,
    ],
    ['no media type', BODY, { headers: { 'Content-Type': '' } }, 415, RPC.INVALID_ARGUMENT, /http\/protobuf/],
    ['metrics', BODY, { path: '/v1/metrics' }, 501, RPC.UNIMPLEMENTED, /does not take in metrics yet/],
    ['logs', BODY, { path: '/v1/logs' }, 501, RPC.UNIMPLEMENTED, /does not take in logs yet/],
    [
      'a declared length over the limit',
      Buffer.alloc(MAX_BODY + 1),
      {},
      413,
      RPC.RESOURCE_EXHAUSTED,
      /larger than 4 MiB.*smaller batches/,
    ],
    [
      'more than the limit without a length',
      Buffer.alloc(MAX_BODY + 1),
      { chunked: true },
      413,
      RPC.RESOURCE_EXHAUSTED,
      /larger than 4 MiB/,
    ],
    [
      'far more than the limit',
      Buffer.alloc(8 * MAX_BODY),
      {},
      413,
      RPC.RESOURCE_EXHAUSTED,
      /larger than 4 MiB/,
    ],
    [
      'more than the limit once unpacked',
      gzipSync(Buffer.alloc(MAX_BODY + 1)),
      { headers: gzip },
      413,
      RPC.RESOURCE_EXHAUSTED,
      /counted unpacked/,
    ],
  ])('%s', async (_, body, how, status, code, sentence) => {
    expectRefusal(await send(body, how), status, code, sentence);
    expect(await journaled()).toEqual([]);
    expectSuccess(await send());
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    'the method %s is told which is allowed',
    async (method) => {
      const answer = await send(Buffer.alloc(0), { method });
      expectRefusal(answer, 405, RPC.UNIMPLEMENTED, /POST/);
      expect(answer.headers.allow).toBe('POST');
    },
  );

  test('what is no HTTP at all is answered and cut', async () => {
    const socket = await stuckClient(door.port, 0, 0);
    const said = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    socket.write('\x16\x03\x01 hello\r\n\r\n');
    expect(await said).toContain('HTTP/1.1 400 Bad Request');
  });
});

describe('a part of a request', () => {
  const spans: SpanSpec[] = [
    { name: 'good' },
    { name: 'no trace', traceId: '00'.repeat(16) },
    { name: 'short span id', spanId: 'abcd' },
    { name: 'tomorrow', start: NOW + 86_400_000 },
    { name: 'long ago', start: NOW - 3 * 86_400_000 },
    { name: 'good as well' },
  ];

  test('that cannot be stored is refused alone, with a count and what to do; its neighbours are stored', async () => {
    const answer = await send(traceRequest({ service: 'mixed', spans }));
    expect(answer.status).toBe(200);
    const { rejected, message } = partialSuccess(answer)!;
    expect(rejected).toBe(4);
    expect(message).toMatch(/^4 spans were not stored: /);
    for (const part of [
      '1 with a trace id',
      '1 with a span id',
      '1 older than the retention',
      '1 from the future',
    ])
      expect(message).toContain(part);
    expect(await journaled()).toEqual(['good', 'good as well']);
  });

  test('when it is the whole: 200 with all refused, and nothing stored', async () => {
    const answer = await send(traceRequest({ service: 'late', spans: [spans[4]!] }));
    expect(partialSuccess(answer)).toEqual({
      rejected: 1,
      message: expect.stringMatching(/^1 span was not stored/),
    });
    expect(await journaled()).toEqual([]);
  });
});

describe('the token', () => {
  let guarded: Door;
  beforeEach(async () => {
    guarded = await openDoor({ token: 'secret-token' });
  });
  afterEach(() => guarded.close());

  test.each(['', 'secret-token', 'Bearer wrong', 'Bearer secret-tokens', 'bearer', 'Basic c2VjcmV0LXRva2Vu'])(
    'is asked for: %j gets 401',
    async (authorization) => {
      const answer = await post(guarded.port, BODY, { headers: { Authorization: authorization } });
      expectRefusal(answer, 401, RPC.UNAUTHENTICATED, /OTEL_EXPORTER_OTLP_HEADERS/);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(guarded.journal.bytes).toBe(0);
    },
  );

  test('opens when it is right', async () => {
    expectSuccess(await post(guarded.port, BODY, { headers: { Authorization: 'Bearer secret-token' } }));
  });

  test('is asked for before a byte of the body is taken', async () => {
    const socket = await stuckClient(guarded.port, MAX_BODY, 10);
    const [said] = await new Promise<[Buffer]>((resolve) => socket.once('data', (chunk) => resolve([chunk])));
    expect(said.toString()).toMatch(/^HTTP\/1.1 401 /);
    socket.destroy();
  });
});

describe('what passes is answered with 503 and Retry-After', () => {
  test.each([
    ['a full journal', new Problem('journal_full', 'The journal is full', { retryable: true })],
    [
      'a disk that fails',
      new Problem('journal_failed', 'The journal cannot be written', { retryable: true }),
    ],
    ['a product that stops', new Problem('shutting_down', 'Loopwatch is stopping', { retryable: true })],
    ['what nobody foresaw', new TypeError('x is not a function')],
  ])('%s', async (_, thrown) => {
    const failing = await openDoor({ journal: { append: () => Promise.reject(thrown) } });
    try {
      const answer = await post(failing.port, BODY);
      expectRefusal(answer, 503, RPC.UNAVAILABLE, /./);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    } finally {
      await failing.close();
    }
  });

  test('too many large bodies at once; those under way are not hurt', async () => {
    const body = plainRequest(1, 'shop', { name: 'x'.repeat(MAX_BODY - 1_000) });
    const sockets: Socket[] = [];
    door.server.on('connection', (socket) => sockets.push(socket));
    const stuck = await Promise.all([0, 1].map(() => stuckClient(door.port, MAX_BODY, MAX_BODY - 10)));
    const received = () => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);
    await eventually('their bytes have arrived', () => received() > MAX_IN_FLIGHT - 20);
    const answer = await send(body);
    expectRefusal(answer, 503, RPC.UNAVAILABLE, /send again/);
    for (const socket of stuck) socket.destroy();
    await eventually('room again, now that those are gone', async () => (await send(body)).status === 200);
  });
});

describe('a connection', () => {
  test('takes many requests one after the other, also behind a refused one', async () => {
    let connections = 0;
    door.server.on('connection', () => {
      connections += 1;
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 40; i++) {
      const answer = await send(i % 4 === 0 ? Buffer.from('no') : BODY, { agent });
      expect(answer.status).toBe(i % 4 === 0 ? 400 : 200);
    }
    agent.destroy();
    expect(connections).toBe(1);
    expect(await journaled()).toHaveLength(30 * 3);
  });

  test('that hangs up in the middle of a body gives its bytes back', async () => {
    for (let i = 0; i < 12; i++) {
      const socket = await stuckClient(door.port, MAX_BODY, MAX_BODY >> 1);
      socket.destroy();
    }
    const half = plainRequest(1, 'shop', { name: 'x'.repeat(MAX_BODY - 1_000) });
    await eventually('room', async () => (await send(half)).status === 200);
    expect((await Promise.all([send(half), send(BODY)])).map((answer) => answer.status)).toEqual([200, 200]);
  });

  test('may take its time only within limits', () => {
    // Node looks every 30 s, so that the limits themselves cannot be waited for here.
    expect(door.server.headersTimeout).toBeLessThanOrEqual(15_000);
    expect(door.server.requestTimeout).toBeLessThanOrEqual(60_000);
    expect(door.server.requestTimeout).toBeGreaterThan(0);
  });
});

test('bombs are refused in bounded memory, and a neighbour is served meanwhile', async () => {
  const bomb = gzipSync(Buffer.alloc(50 * MAX_BODY));
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 5);
  const bombs = Array.from({ length: 60 }, () => send(bomb, { headers: { 'Content-Encoding': 'gzip' } }));
  const [neighbour, ...answers] = await Promise.all([send(), ...bombs]);
  clearInterval(watch);
  expectSuccess(neighbour!);
  for (const answer of answers) expect([413, 503]).toContain(answer.status);
  expect((peak - before) / 2 ** 20, 'MiB').toBeLessThan(256);
});

test('the figures of the senders say what came, what was taken and what was refused last', async () => {
  expect(door.senders.summary()).toEqual({
    requests: 0,
    acceptedItems: 0,
    refusedItems: 0,
    lastAcceptedAt: null,
    lastRejection: null,
  });
  await send(plainRequest(3, 'shop'));
  await send(plainRequest(2, 'cart'));
  await send(plainRequest(2, 'shop'));
  expect(door.senders.summary()).toMatchObject({
    requests: 3,
    acceptedItems: 7,
    lastAcceptedAt: NOW,
    lastRejection: null,
  });
  await send(traceRequest({ service: 'mixed', spans: [{}, { traceId: '00'.repeat(16) }] }));
  expect(door.senders.summary()).toMatchObject({ acceptedItems: 8, refusedItems: 1 });
  expect(door.senders.summary().lastRejection).toMatchObject({
    at: NOW,
    status: 200,
    items: 1,
    sender: '127.0.0.1',
  });
  await send(Buffer.from('no protobuf'));
  expect(door.senders.summary()).toMatchObject({
    requests: 5,
    refusedItems: 1,
    lastRejection: { status: 400, items: 0, reason: expect.stringContaining('check the exporter') },
  });
  expect(door.firstSpansFrom).toEqual(['shop', 'cart', 'mixed']);
});
