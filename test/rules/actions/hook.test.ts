/** The HTTP contract over real sockets: what each kind of answer, and none, is taken to mean. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { Problem } from '../../../base/errors.ts';
import { createOutgoing } from '../../../base/outgoing.ts';
import type { Operation } from '../../../model/operation.ts';
import { type HttpHookOptions, httpHook } from '../../../rules/actions/hook.ts';
import { webhookHeaders } from '../../../rules/notify/signature.ts';

const NOW = Date.parse('2026-01-15T09:00:00Z');
const operation = {
  ...{ id: 'slow.aa.e1.2.1', rule: 'slow', incident: 7, target: 'checkout', mode: 'execute' },
  order: { kind: 'scale', expectedCurrent: 2, desired: 3, bounds: { min: 2, max: 12 } },
  ...{ proposedAt: NOW, dispatchedAt: NOW, notAfter: NOW + 300_000, deadline: NOW + 900_000 },
} as Operation;

interface Seen {
  request: IncomingMessage;
  body: string;
}

async function hookThat(
  answer: (response: ServerResponse, seen: Seen) => void,
  options: Partial<HttpHookOptions> = {},
) {
  const calls: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      calls.push({ request, body });
      answer(response, { request, body });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/scale`;
  const given = { url, timeout: 300, allowPrivate: ['127.0.0.1'], send: createOutgoing(), sign: () => ({}) };
  return { calls, hook: httpHook({ ...given, ...options }) };
}

const json =
  (status: number, body: unknown, headers = {}) =>
  (response: ServerResponse) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

test('what is asked for is in the envelope, signed, under one id', async () => {
  const key = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
  const { hook, calls } = await hookThat(json(200, { status: 'succeeded', observed: 3 }), {
    sign: (id, body) => webhookHeaders(id, NOW, body, [key]),
  });
  const evidence = [{ signal: 'errors', value: 0.08, labels: {} }];
  expect(await hook.request(operation, evidence)).toEqual({ kind: 'succeeded', observed: 3 });
  const { request, body } = calls[0]!;
  expect(request.headers['idempotency-key']).toBe('slow.aa.e1.2.1');
  expect(request.headers).toMatchObject(webhookHeaders('slow.aa.e1.2.1', NOW, body, [key]));
  expect(JSON.parse(body)).toEqual({
    type: 'scaling.requested',
    data: {
      ...{
        operation_id: 'slow.aa.e1.2.1',
        mode: 'execute',
        target: 'checkout',
        expected_current: 2,
        desired: 3,
      },
      ...{ bounds: { min: 2, max: 12 }, not_after: '2026-01-15T09:05:00.000Z', deadline_s: 900 },
      reason: { rule: 'slow', incident: '#7', evidence },
    },
  });
});

test.each([
  ['succeeds', json(200, { status: 'succeeded', observed: 3 }), { kind: 'succeeded', observed: 3 }],
  ['had nothing to do', json(200, { status: 'noop' }), { kind: 'succeeded', observed: null }],
  [
    'lies about numbers',
    json(200, { status: 'succeeded', observed: '9e99' }),
    { kind: 'succeeded', observed: null },
  ],
  ['takes it', json(202, { poll_after_s: 2 }), { kind: 'accepted', pollAfter: 2_000 }],
  ['wants to be asked never', json(202, { poll_after_s: 1e12 }), { kind: 'accepted', pollAfter: 60_000 }],
  ['wants to be asked all the time', json(202, { poll_after_s: -5 }), { kind: 'accepted', pollAfter: 250 }],
  ['sees another number', json(409, { observed: 5 }), { kind: 'conflict', observed: 5 }],
  ['fails', json(200, { status: 'failed', message: 'no room' }), { kind: 'failed', reason: 'no room' }],
  ['refuses', json(422, { message: 'at most 4' }), { kind: 'refused', reason: 'HTTP 422 at most 4' }],
  ['conflicts without a number', json(409, {}), { kind: 'refused' }],
  ['is busy', json(429, {}, { 'retry-after': '3' }), { kind: 'busy', after: 3_000 }],
  ['is busy for a year', json(503, {}, { 'retry-after': '31536000' }), { kind: 'busy', after: 300_000 }],
  ['breaks', json(500, {}), { kind: 'no_answer', reason: 'HTTP 500' }],
  ['has a broken gateway', json(502, {}), { kind: 'no_answer', reason: 'HTTP 502' }],
  [
    'redirects',
    json(302, {}, { location: 'http://127.0.0.1:1/' }),
    { kind: 'no_answer', reason: 'HTTP 302' },
  ],
  ['says yes to everything', json(200, 'ok'), { kind: 'no_answer' }],
  ['talks garbage', (response: ServerResponse) => void response.end('{{{'), { kind: 'no_answer' }],
  ['hangs up', (response: ServerResponse) => void response.destroy(), { kind: 'no_answer' }],
  ['never answers', () => {}, { kind: 'no_answer' }],
])('a hook that %s', async (_, answer, meaning) => {
  const { hook, calls } = await hookThat(answer);
  expect(await hook.request(operation, [])).toMatchObject(meaning);
  expect(calls).toHaveLength(1);
});

test('a hook that drips its answer is not waited for longer than its time', async () => {
  const { hook } = await hookThat((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  });
  expect((await hook.request(operation, [])).kind).toBe('no_answer');
});

test.each([
  ['has never heard of it', json(404, {}), { kind: 'never_received' }],
  ['has done it', json(200, { status: 'succeeded', observed: 3 }), { kind: 'succeeded', observed: 3 }],
  ['is at it', json(200, { status: 'accepted' }), { kind: 'accepted', pollAfter: 1_000 }],
  ['is busy', json(503, {}), { kind: 'no_answer' }],
  ['has moved', json(301, {}, { location: '/' }), { kind: 'no_answer' }],
  ['has lost its mind', json(200, { status: 42 }), { kind: 'no_answer' }],
])('asked for an operation, a hook that %s', async (_, answer, meaning) => {
  const { hook, calls } = await hookThat(answer);
  expect(await hook.ask(operation)).toMatchObject(meaning);
  expect(calls[0]!.request.url).toBe('/scale/operations/slow.aa.e1.2.1');
});

test.each([
  ['a number', json(200, { observed: 2, min: 1, max: 8 }), { observed: 2, min: 1, max: 8 }],
  ['less than nothing', json(200, { observed: -1 }), null],
  ['half a worker', json(200, { observed: 1.5 }), null],
  ['a text', json(200, { observed: '2' }), null],
  ['an error', json(500, { observed: 2 }), null],
])('a target is only seen when the hook says a whole number: %s', async (_, answer, observation) => {
  const { hook } = await hookThat(answer);
  expect((await hook.observe('checkout')).observation).toEqual(observation);
});

test('a secret that is missing, or an address inside, sends nothing', async () => {
  const sign = () => {
    throw new Problem('secret_missing', 'The secret env:X is not set');
  };
  const unsigned = await hookThat(json(200, {}), { sign });
  expect(await unsigned.hook.request(operation, [])).toEqual({
    kind: 'refused',
    reason: 'The secret env:X is not set',
  });
  const inside = await hookThat(json(200, {}), { allowPrivate: [] });
  expect((await inside.hook.request(operation, [])).kind).toBe('refused');
  expect([...unsigned.calls, ...inside.calls]).toEqual([]);
});
