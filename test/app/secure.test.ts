/** On TLS and with log-in, as a team runs it: every door, a new certificate without a restart, and no secret anywhere. */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { byHand } from '../../drills/access/table.ts';
import { eventually } from '../helpers/eventually.ts';
import { makeFolder } from '../helpers/folder.ts';
import { plainRequest } from '../helpers/otlp.ts';
import { EXPIRED, KEY, VALID } from '../synthetics/checks/certificates.ts';

const PASSWORD = 'canary-password-4711';
const INGEST = 'canary-ingest-4711';
const { path: folder, remove } = makeFolder();
let product: Product;
let cookie: string;
/** What must be nowhere. */
const secrets: string[] = [PASSWORD, INGEST];

interface Answer {
  status: number;
  text: string;
  headers: Record<string, string | string[] | undefined>;
}

function ask(url: string, options: RequestOptions = {}, body?: string | Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca: VALID, ...options }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode!,
          text: Buffer.concat(chunks).toString(),
          headers: answer.headers,
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (path: string, body: object, headers: object = {}) =>
  ask(
    `${product.dashboardUrl}${path}`,
    { method: 'POST', headers: { ...JSON_TYPE, ...headers } },
    JSON.stringify(body),
  );
const get = (path: string) => ask(`${product.dashboardUrl}${path}`, { headers: { cookie } });

beforeAll(async () => {
  writeFileSync(join(folder, 'cert.pem'), VALID);
  writeFileSync(join(folder, 'key.pem'), KEY);
  product = await startProduct({
    dataDir: join(folder, 'data'),
    selfTelemetry: true,
    args: [
      ...['--auth', 'on', '--ingest-token', INGEST, '--log-level', 'debug'],
      ...['--tls-cert', join(folder, 'cert.pem'), '--tls-key', join(folder, 'key.pem')],
    ],
  });
  const link = /\/join#(lwl_[\w-]+)/.exec(product.output())![1]!;
  const joined = await post('/api/join', { link, name: 'ada', password: PASSWORD });
  cookie = String(joined.headers['set-cookie']).split(';')[0]!;
  secrets.push(cookie.split('=')[1]!);
}, 60_000);
afterAll(async () => {
  await product?.stop();
  remove();
});

test('the cookie is bound to this host and to TLS, and browsers are told to stay on it', async () => {
  const { headers } = await post('/api/session', { name: 'ada', password: PASSWORD });
  expect(String(headers['set-cookie'])).toMatch(
    /^__Host-loopwatch=lws_.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
  expect(headers['strict-transport-security']).toBe('max-age=31536000');
});

test('another site cannot change anything, cookie or not', async () => {
  const refused = await post('/api/kill-switch', { on: true }, { cookie, origin: 'https://evil.example' });
  expect({ status: refused.status, text: refused.text }).toEqual({
    status: 403,
    text: expect.stringContaining('forbidden_origin'),
  });
});

test('senders come in on TLS with a token, by HTTP and gRPC, and the product itself by its own door', async () => {
  const made = JSON.parse((await post('/api/tokens', { name: 'ci', scope: 'ingest' }, { cookie })).text);
  secrets.push(made.secret);
  const send = (token: string) =>
    ask(
      `${product.otlpUrl}/v1/traces`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf', authorization: `Bearer ${token}` },
      },
      plainRequest(1),
    );
  expect([
    (await send(made.secret)).status,
    (await send(INGEST)).status,
    (await send('wrong')).status,
  ]).toEqual([...[200, 200, 401]]);
  expect(await grpcStatus(made.secret)).toBe('0');
  expect(await grpcStatus('wrong')).toBe('16');
  await eventually(
    'own telemetry',
    async () => (await get('/api/senders')).text.includes('"service":"loopwatch"') || undefined,
    30_000,
  );
});

test('what is older than TLS 1.2 is refused', async () => {
  const { port } = new URL(product.dashboardUrl);
  const refused = await new Promise<string>((resolve) => {
    const socket = connect({
      port: Number(port),
      host: 'localhost',
      ca: VALID,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    });
    socket.once('secureConnect', () => resolve('connected'));
    socket.once('error', () => resolve('refused'));
  });
  expect(refused).toBe('refused');
});

test('no secret is in an answer, a log, the store of telemetry or the state', async () => {
  await ask(`${product.otlpUrl}/v1/nowhere?token=x`, {
    method: 'POST',
    headers: { authorization: `Bearer ${INGEST}` },
  });
  await post('/api/session', { name: 'ada', password: `${PASSWORD}!` });
  await post('/api/session', { name: 5, password: PASSWORD });
  await get(`/api/logs?level=${PASSWORD.slice(0, 3)}`);
  const texts = [product.output(), readFileSync(join(folder, 'data', 'state.db'), 'latin1')];
  texts.push(readFileSync(join(folder, 'data', 'state.db-wal'), 'latin1'));
  for (const route of Object.keys(byHand).filter((one) => one.startsWith('GET ') && !one.endsWith('/live')))
    texts.push((await get(route.slice(4).replace(/:\w+/g, '1').replace('/*', '/'))).text);
  const engine = product.engine();
  for (const table of ['otel_traces', 'otel_logs', 'otel_metrics_sum', 'otel_metrics_histogram'])
    texts.push(JSON.stringify(await engine.query(`SELECT * FROM ${table} LIMIT 10000`)));
  await engine.close();
  for (const secret of secrets)
    for (const [i, text] of texts.entries())
      expect(text.includes(secret), `${secret} in text ${i}`).toBe(false);
});

test('a new certificate is taken without a restart, and one that does not fit is not', async () => {
  writeFileSync(join(folder, 'cert.pem'), 'not a certificate');
  await eventually('the complaint', () => /old one stays/.test(product.output()) || undefined, 20_000);
  expect((await certificate()).valid_to).toMatch(/2126/);
  writeFileSync(join(folder, 'cert.pem'), EXPIRED);
  await eventually(
    'the new certificate',
    async () => (await certificate()).valid_to.includes('2021') || undefined,
    20_000,
  );
}, 60_000);

function certificate(): Promise<PeerCertificate> {
  const { port } = new URL(product.dashboardUrl);
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(port), host: 'localhost', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

function grpcStatus(token: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(product.otlpGrpcUrl, { ca: VALID });
    session.once('error', reject);
    const call = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization: `Bearer ${token}`,
    });
    const done = (headers: object) => {
      const status = (headers as Record<string, string>)['grpc-status'];
      if (status !== undefined) {
        resolve(status);
        session.close();
      }
    };
    call.on('response', done).on('trailers', done).on('error', reject);
    call.resume();
    const body = plainRequest(1);
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(body.length, 1);
    call.end(Buffer.concat([prefix, body]));
  });
}
