/** HTTP checks against real servers: what is measured, what is expected, where redirects lead, whose fault it is. */
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { EXPIRED } from './certificates.ts';
import { deadPort, look, serveHttp, serveHttps, serveTcp } from './targets.ts';

const answering =
  (status: number, body = '', headers: Record<string, string> = {}) =>
  (_: IncomingMessage, response: import('node:http').ServerResponse) =>
    void response.writeHead(status, headers).end(body);

test('a good answer passes, and each phase of its request is measured once', async () => {
  const origin = await serveHttps((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"status":');
    setTimeout(() => response.end('"ok","items":[{"price":9.5}],"left":null}'), 400);
  });
  const outcome = await look(`http: ${origin}/health?a=b#part
verify: false
expect: { status: 200, headers: { Content-Type: json }, body: /"OK"/i, json: { status: ok, '$.items[0].price': 9.5, left: null } }`);
  expect(outcome.failure).toBeNull();
  const [step] = outcome.steps;
  const [request] = step!.requests;
  expect(step).toMatchObject({ name: 'request', verdict: 'passed', startMs: 0, observerMs: 0 });
  expect(request).toMatchObject({ method: 'GET', url: `${origin}/health?a=b`, status: 200 });
  const { dns, connect, tls, ttfb, transfer } = request!.phases;
  for (const phase of [dns, connect, tls, ttfb, transfer]) expect(phase).toBeGreaterThanOrEqual(0);
  // The server's own pause lies in the transfer and nowhere else.
  expect(transfer).toBeGreaterThan(200);
  expect(dns! + connect! + tls! + ttfb! + transfer!).toBeLessThanOrEqual(outcome.durationMs + 0.001);
  expect(new Date(outcome.certificateExpiresAt!).getUTCFullYear()).toBe(2126);
});

test('a number for a host has no look-up, plain http no handshake', async () => {
  const origin = (await serveHttp(answering(200))).replace('localhost', '127.0.0.1');
  const { steps } = await look(`http: ${origin}`);
  expect(steps[0]!.requests[0]!.phases).toMatchObject({ dns: null, tls: null });
});

test('the target is told of our trace, so that its own spans hang below', async () => {
  let seen: IncomingMessage['headers'] = {};
  const origin = await serveHttp((request, response) => {
    seen = request.headers;
    response.end();
  });
  const traceId = 'ab'.repeat(16);
  const { steps } = await look(`http: ${origin}`, {}, { traceId });
  expect(seen.traceparent).toBe(`00-${traceId}-${steps[0]!.requests[0]!.spanId}-01`);
  expect(seen.tracestate).toBe('lw=p');
});

test.each<[string, number, string, string, 'target' | 'assertion', RegExp]>([
  ['another status', 404, '', 'status: 200', 'assertion', /^status is 404, not 200$/],
  ['an error of the server', 503, '', 'status: 2xx', 'target', /^status is 503, not 200-299$/],
  ['a header that is not there', 200, '', 'headers: { etag: a }', 'assertion', /^there is no header etag$/],
  ['another header', 200, '', 'headers: { x-a: /^c/ }', 'assertion', /^header x-a is "b", not like \/\^c\/$/],
  [
    'another body',
    200,
    'Sorry',
    'body: [Sor, Welcome]',
    'assertion',
    /^the body has no "Welcome"; it begins with "Sorry"$/,
  ],
  ['no JSON', 200, '<p>', 'json: { a: 1 }', 'assertion', /^the body is not JSON; it begins with "<p>"$/],
  [
    'no such path',
    200,
    '{"a":{}}',
    'json: { a.toString: 1 }',
    'assertion',
    /^there is no a.toString in the body$/,
  ],
  ['another value', 200, '{"a":"1"}', 'json: { a: 1 }', 'assertion', /^a is "\\"1\\"", not 1$/],
  ['all at once', 500, 'x', 'status: 200, body: y', 'target', /status is 500.*; the body has no "y"/],
])('%s fails and is named', async (_, status, body, expected, failureClass, message) => {
  const origin = await serveHttp(answering(status, body, { 'x-a': 'b' }));
  const { failure, verdict, steps } = await look(`http: ${origin}\nexpect: { ${expected} }`);
  expect(verdict).toBe('failed');
  expect(failure).toMatchObject({
    class: failureClass,
    step: 'request',
    message: expect.stringMatching(message),
  });
  expect(steps[0]).toMatchObject({ verdict: 'failed', error: failure!.message });
  expect(steps[0]!.requests[0]!.status).toBe(status);
});

test('an expression that would take years ends, and is not the target’s fault', async () => {
  const origin = await serveHttp(answering(200, `${'a'.repeat(50)}b`));
  const { failure } = await look(`http: ${origin}\nexpect: { body: /^(a+)+$/ }`);
  expect(failure).toMatchObject({ class: 'probe', message: expect.stringContaining('longer than 250 ms') });
});

test('an endless body is read up to its limit', async () => {
  const origin = await serveHttp((_, response) => {
    const more = (): void => {
      while (response.write('x'.repeat(65_536)));
      response.once('drain', more);
    };
    more();
  });
  expect((await look(`http: ${origin}`)).verdict).toBe('passed');
  const { failure } = await look(`http: ${origin}\nexpect: { json: { a: 1 } }`);
  expect(failure!.message).toBe('the body is larger than 1 MiB');
});

test.each<[string, string, RegExp]>([
  ['never answers', 'hang', /^no answer within 0.3 s$/],
  ['never ends', 'drip', /^no end of the answer within 0.3 s$/],
  ['speaks something else', 'noise', /Parse Error|HTTP/],
  ['hangs up', 'close', /closed the connection|socket hang up/],
])('a target that %s fails by its own fault', async (_, behaviour, message) => {
  const port = await serveTcp((socket) => {
    socket.on('error', () => {});
    if (behaviour === 'noise') socket.write('SSH-2.0-nothing\r\n');
    if (behaviour === 'close') socket.once('data', () => socket.destroy());
    if (behaviour === 'drip') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx');
  });
  const { failure, durationMs } = await look(`http: http://127.0.0.1:${port}\ntimeout: 300ms`);
  expect(failure).toMatchObject({ class: 'target', message: expect.stringMatching(message) });
  expect(durationMs).toBeLessThan(5_000);
});

test('nobody there, no such name and a bad certificate are the target’s fault', async () => {
  const dead = await deadPort();
  expect((await look(`http: http://127.0.0.1:${dead}`)).failure).toMatchObject({
    class: 'target',
    message: 'it refuses connections (ECONNREFUSED)',
  });
  const expired = await serveHttps(answering(200), EXPIRED);
  expect((await look(`http: ${expired}`)).failure).toMatchObject({
    class: 'target',
    message: expect.stringMatching(/certificate/),
  });
});

test('a certificate that ends too soon is named with its day', async () => {
  const expired = await serveHttps(answering(200), EXPIRED);
  const { failure } = await look(`http: ${expired}\nverify: false\nexpect: { certificate: 14d }`);
  expect(failure).toMatchObject({ class: 'assertion', message: 'its certificate expired on 2021-01-01' });
});

test('redirects are followed and measured one by one, and secrets stay with their origin', async () => {
  const seen: Record<string, string | string[] | undefined>[] = [];
  const other = await serveHttp((request, response) => {
    seen.push({
      key: request.headers['x-key'],
      auth: request.headers.authorization,
      trace: request.headers.traceparent,
      plain: request.headers['x-plain'],
    });
    response.end('there');
  });
  const origin = await serveHttp((request, response) => {
    seen.push({ method: request.method, key: request.headers['x-key'] });
    response.writeHead(302, { location: request.url === '/' ? '/next' : `${other}/end` }).end();
  });
  const definition = `http: ${origin}/
method: POST
body: a=b
headers: { x-key: '\${env:KEY}', authorization: Basic abc, x-plain: p }
expect: { body: there }`;
  const { failure, steps } = await look(definition, { environment: { KEY: 's3cret' } });
  expect(failure).toBeNull();
  expect(seen).toEqual([
    { method: 'POST', key: 's3cret' },
    { method: 'GET', key: 's3cret' },
    { key: undefined, auth: undefined, trace: undefined, plain: 'p' },
  ]);
  expect(steps[0]!.requests.map(({ status }) => status)).toEqual([302, 302, 200]);
});

test.each([
  ['to a file', 'file:///etc/passwd', 'it redirects to file://, which is neither http nor https'],
  ['for ever', '/', 'it redirects more than 5 times'],
  ['to nothing', 'http://[', 'it redirects to "http://[", which is not a URL'],
  ['to the cloud’s credentials', 'http://169.254.169.254/latest', /169\.254\.169\.254 is link-local/],
  ['to them by another name', 'http://[::ffff:a9fe:a9fe]/', /a9fe.* is link-local/],
])('a redirect %s ends there', async (_, location, message) => {
  const origin = await serveHttp(answering(302, '', { location }));
  const { failure } = await look(`http: ${origin}`);
  expect(failure!.message).toMatch(message);
});

test('a redirect can be what is expected', async () => {
  const origin = await serveHttp(answering(301, '', { location: '/b' }));
  const definition = `http: ${origin}\nredirects: 0\nexpect: { status: 301, headers: { location: /b } }`;
  expect((await look(definition)).failure).toBeNull();
});

test.each([
  'http://169.254.169.254/latest/meta-data',
  'http://2852039166/',
  'http://[fe80::1]/',
  'http://0xa9.254.43518/',
])('link-local addresses are not looked at: %s', async (url) => {
  const { failure } = await look(`http: ${url}`);
  expect(failure).toMatchObject({ class: 'probe', message: expect.stringContaining('link-local') });
});

test('a secret is sent and never told: not in the URL, not in the failure', async () => {
  const origin = await serveHttp(
    (request, response) =>
      void response.writeHead(403).end(`no ${request.headers.authorization} ${request.url}`),
  );
  const definition = `http: ${origin}/?key=\${env:KEY}
headers: { authorization: 'Bearer \${env:KEY}' }
expect: { status: 2xx, body: welcome }`;
  const outcome = await look(definition, { environment: { KEY: 'top s3cret/+' } });
  expect(outcome.failure!.message).toContain('Bearer ***');
  expect(JSON.stringify(outcome)).not.toMatch(/s3cret/);
  expect(outcome.steps[0]!.requests[0]!.url).toBe(`${origin}/?key=***`);
});

test('a secret that is missing is the probe’s fault, and the reference is named', async () => {
  const { failure } = await look(`http: http://localhost/\nheaders: { a: '\${env:NOT_THERE}' }`);
  expect(failure).toMatchObject({
    class: 'probe',
    message: expect.stringMatching(/\$\{env:NOT_THERE\}.*set NOT_THERE/),
  });
});
