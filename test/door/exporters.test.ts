/** The senders people have: OpenTelemetry's own exporters, a Collector's habits, a web page. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Problem } from '../../base/errors.ts';
import { decode } from '../../drills/fuzz/decoded.ts';
import { launchBrowser } from '../e2e/setting.ts';
import { type OpenDoor, openDoor, traces } from './setting.ts';
import { post, TRANSPORTS } from './transports.ts';

const run = promisify(execFile);

/** Runs the program with OTEL_* variables; gives what it wrote to stderr. */
async function runSdk(env: Record<string, string>): Promise<string> {
  const { stderr } = await run(process.execPath, [fileURLToPath(new URL('sdk.ts', import.meta.url))], {
    env: {
      PATH: process.env.PATH ?? '',
      OTEL_SERVICE_NAME: 'shop',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_LOG_LEVEL: 'error',
      ...env,
    },
    timeout: 15_000,
  });
  return stderr;
}

const names = (door: OpenDoor) =>
  door.journaled
    .flatMap(({ body }) => decode(body).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => (spans as unknown as { name: string }[]).map(({ name }) => name));

describe.each([
  ['grpc', 'grpcUrl'],
  ['http/protobuf', 'httpUrl'],
  ['http/json', 'httpUrl'],
] as const)('the JavaScript SDK over %s', (protocol, url) => {
  test.each(['none', 'gzip'])(
    'sends with a token, compression %s',
    { timeout: 20_000 },
    async (compression) => {
      const door = await openDoor({ token: 'secret' });
      const stderr = await runSdk({
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT: door[url],
        OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer secret',
        OTEL_EXPORTER_OTLP_COMPRESSION: compression,
      });
      expect(stderr).toBe('');
      expect(names(door)).toEqual(['a', 'b', 'c']);
      expect(door.senders.list().senders).toMatchObject([
        {
          service: 'shop',
          sdk: { name: 'opentelemetry', language: 'nodejs', version: expect.stringMatching(/^\d/) },
          transport: protocol,
          address: '127.0.0.1',
          agent: expect.stringMatching(/OTel-OTLP-Exporter-JavaScript/),
          acceptedItems: 3,
          lastRejection: null,
        },
      ]);
    },
  );
});

// The one for gRPC gives up instead (release 0.301): its answer is tested with the Collector's habits below.
describe.each(['http/protobuf', 'http/json'])('the JavaScript SDK over %s', (protocol) => {
  test('comes again after an answer that says so, and what it sent is journaled once', {
    timeout: 20_000,
  }, async () => {
    let attempts = 0;
    const door = await openDoor({
      append: async () => {
        attempts += 1;
        if (attempts === 1) throw new Problem('journal_full', 'Not now', { retryable: true });
      },
    });
    await runSdk({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol, OTEL_EXPORTER_OTLP_ENDPOINT: door.httpUrl });
    expect(attempts).toBe(2);
    expect(names(door)).toEqual(['a', 'b', 'c']);
  });
});

describe.each(TRANSPORTS)('a sender with the habits of a Collector over $name', ({ send }) => {
  // exporterhelper: a queue, some consumers, and a retry of what is said to pass, after the time that is asked for.
  test('brings everything in once while half of its attempts are refused', async () => {
    let attempts = 0;
    const door = await openDoor({
      limits: { maxRequestsInFlight: 3 },
      append: async () => {
        attempts += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (attempts % 2 === 0) throw new Problem('journal_full', 'Not now', { retryable: true });
      },
    });
    const queue = Array.from({ length: 40 }, () => traces());
    const acknowledged: Buffer[] = [];
    const consume = async () => {
      for (let body = queue.shift(); body !== undefined; body = queue.shift()) {
        for (;;) {
          const { ok, retryAfter } = await send(door, { body });
          if (ok) break;
          expect(retryAfter).toBeGreaterThan(0);
          await new Promise((resolve) => setTimeout(resolve, (retryAfter ?? 0) * 2));
        }
        acknowledged.push(body);
      }
    };
    await Promise.all(Array.from({ length: 10 }, consume));
    const hex = (bodies: Uint8Array[]) => bodies.map((body) => Buffer.from(body).toString('hex')).sort();
    expect(hex(door.journaled.map(({ body }) => body))).toEqual(hex(acknowledged));
    expect(door.journaled).toHaveLength(40);
  });
});

describe('a web page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  }, 30_000);
  afterAll(() => browser.close());

  /** Sends from a page of an origin of its own; gives what the page got. */
  async function sendFrom(origins: (own: string) => string[]): Promise<{ door: OpenDoor; answer: string }> {
    const site = createServer((_, response) =>
      response.setHeader('Content-Type', 'text/html').end('<p>shop'),
    );
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void site.close().closeAllConnections?.());
    const own = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    const door = await openDoor({ corsOrigins: origins(own), token: 'secret' });
    const page = await browser.newPage();
    await page.goto(own);
    const span = `{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","startTimeUnixNano":"${Date.now()}000000"}`;
    const script = `fetch(${JSON.stringify(`${door.httpUrl}/v1/traces`)}, { method: 'POST', keepalive: true,
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer secret', traceparent: 'x' },
      body: '{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}' })
      .then(async (r) => r.status + ' ' + await r.text(), (e) => String(e))`;
    const answer = (await page.evaluate(script)) as string;
    await page.close();
    return { door, answer };
  }

  test('of an allowed origin sends, and reads the answer', async () => {
    const { door, answer } = await sendFrom((own) => ['https://other.example', own]);
    expect(answer).toBe('200 {}');
    expect(door.journaled).toHaveLength(1);
  });
  test('of any origin sends when all are allowed', async () => {
    expect((await sendFrom(() => ['*'])).answer).toBe('200 {}');
  });
  test.each([
    ['none is', []],
    ['others are', ['https://other.example']],
  ])('does not get in when %s allowed', async (_, origins) => {
    const { door, answer } = await sendFrom(() => origins);
    expect(answer).toMatch(/Failed to fetch/);
    expect(door.journaled).toEqual([]);
  });
});

describe('CORS', () => {
  const preflight = { Origin: 'https://a.example', 'Access-Control-Request-Method': 'POST' };
  test('a preflight names the origin, the method and the headers, never credentials', async () => {
    const door = await openDoor({ corsOrigins: ['https://a.example'], token: 'secret' });
    const answer = await post(`${door.httpUrl}/v1/traces`, '', preflight, 'OPTIONS');
    expect(answer).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://a.example',
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': expect.stringMatching(/Authorization.*Content-Type/),
        vary: 'Origin',
      },
    });
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  });
  test.each(['https://a.example.evil', 'http://a.example', 'null', 'https://A.example'])(
    'the origin %s is not https://a.example',
    async (origin) => {
      const door = await openDoor({ corsOrigins: ['https://a.example'] });
      const answer = await post(`${door.httpUrl}/v1/traces`, '', { ...preflight, Origin: origin }, 'OPTIONS');
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    },
  );
  test('a refusal can be read by the page too', async () => {
    const door = await openDoor({ corsOrigins: ['*'], limits: { maxRequestsInFlight: 0 } });
    const answer = await post(`${door.httpUrl}/v1/traces`, '{}', {
      Origin: 'https://a.example',
      'Content-Type': 'application/json',
    });
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'Retry-After' },
    });
  });
});
