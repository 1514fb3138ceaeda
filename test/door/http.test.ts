/** Lines of the receiver checklist that only HTTP has. */
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { openDoor, traces, tracesOf } from './setting.ts';
import { post, readStatus } from './transports.ts';

const PROTOBUF = { 'Content-Type': 'application/x-protobuf' };

describe('what is not an export', () => {
  test.each([
    ['GET', '/v1/traces', 405],
    ['PUT', '/v1/traces', 405],
    ['OPTIONS', '/v1/traces', 405],
    ['POST', '/', 404],
    ['POST', '/v1/traces/', 404],
    ['POST', '/v1/profiles', 404],
  ])('%s %s is answered with a Status', async (method, path, status) => {
    const door = await openDoor();
    const answer = await post(`${door.httpUrl}${path}`, '', PROTOBUF, method);
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/x-protobuf' } });
    expect(readStatus(answer.body).message).not.toBe('');
    if (status === 405) expect(answer.headers.allow).toBe('POST');
  });

  test.each(['text/plain', 'application/protobuf', '', 'application/grpc'])(
    'media type "%s" is a 415',
    async (type) => {
      const door = await openDoor();
      const answer = await post(`${door.httpUrl}/v1/traces`, traces(), type ? { 'Content-Type': type } : {});
      expect(answer.status).toBe(415);
      expect(readStatus(answer.body).message).toMatch(/OTEL_EXPORTER_OTLP_PROTOCOL/);
    },
  );

  test('media type parameters and case, and a query, are ignored', async () => {
    const door = await openDoor();
    const type = { 'Content-Type': 'Application/X-Protobuf; charset=utf-8' };
    expect((await post(`${door.httpUrl}/v1/traces?x=1`, traces(), type)).status).toBe(200);
  });
});

test('a connection is kept alive over refusals of whole requests and serves many', async () => {
  const door = await openDoor();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number>();
  for (const path of ['/v1/traces', '/nowhere', '/v1/traces']) {
    const status = await new Promise<number>((resolve, reject) => {
      const call = request(
        `${door.httpUrl}${path}`,
        { agent, method: 'POST', headers: PROTOBUF },
        (response) => {
          ports.add(response.socket.localPort!);
          response.resume().once('end', () => resolve(response.statusCode!));
        },
      );
      call.once('error', reject).end(traces());
    });
    expect(status).toBe(path === '/nowhere' ? 404 : 200);
  }
  agent.destroy();
  expect(ports.size).toBe(1);
});

test('many requests on one connection at once are answered in order', async () => {
  const release = Promise.withResolvers<void>();
  let waiting = 0;
  const door = await openDoor({
    append: () => {
      waiting += 1;
      if (waiting === 3) release.resolve();
      return release.promise;
    },
  });
  const body = traces();
  const head = `POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${body.length}\r\n\r\n`;
  const one = Buffer.concat([Buffer.from(head), body]);
  const { socket, text } = open(door.httpUrl);
  socket.write(Buffer.concat([one, one, one]));
  await until(() => text().split('200 OK').length === 4);
  socket.destroy();
  expect(door.journaled).toHaveLength(3);
});

describe('Expect: 100-continue', () => {
  const ask = (url: string, length: number) => {
    const wire = open(url);
    wire.socket.write(
      `POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`,
    );
    return wire;
  };
  test('is answered before the body is read', async () => {
    const door = await openDoor();
    const body = traces();
    const { socket, text } = ask(door.httpUrl, body.length);
    await until(() => text().includes('100 Continue'));
    socket.write(body);
    await until(() => text().includes('200 OK'));
    socket.destroy();
  });
  test('a body that is too large is never asked for', async () => {
    const door = await openDoor({ limits: { lingerMs: 50 } });
    const { closed, text } = ask(door.httpUrl, 2 ** 30);
    await closed;
    expect(text()).toMatch(/^HTTP\/1.1 413/);
    expect(text()).not.toContain('100 Continue');
  });
});

describe('slow and hung senders', () => {
  test('headers that never end are cut', async () => {
    const door = await openDoor({ limits: { headersWithinMs: 200 } });
    const { socket, closed, text } = open(door.httpUrl);
    socket.write('POST /v1/traces HTTP/1.1\r\nHost: a\r\n');
    const drip = setInterval(() => socket.writable && socket.write('X-A: b\r\n'), 50);
    await closed;
    clearInterval(drip);
    expect(text()).toMatch(/^HTTP\/1.1 408/);
  });
  test('a body that drips is refused when its time is up, and its bytes are given back', async () => {
    const door = await openDoor({ limits: { bodyWithinMs: 200, lingerMs: 50 } });
    const { socket, closed, text } = open(door.httpUrl);
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: 1000\r\n\r\n',
    );
    const drip = setInterval(() => socket.writable && socket.write('x'), 20);
    await closed;
    clearInterval(drip);
    expect(text()).toMatch(/^HTTP\/1.1 408/);
    expect(door.door.budget).toMatchObject({ bytes: 0, requests: 0 });
  });
  test('a sender that goes away gives its bytes back', async () => {
    const door = await openDoor();
    const { socket } = open(door.httpUrl);
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: 1000\r\n\r\nabc',
    );
    await until(() => door.door.budget.bytes === 3);
    socket.destroy();
    await until(() => door.door.budget.requests === 0);
    expect(door.door.budget.bytes).toBe(0);
  });
  test('an idle connection is closed', async () => {
    const door = await openDoor({ limits: { httpIdleMs: 100 } });
    const { socket, closed, text } = open(door.httpUrl);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await closed;
    expect(text()).toMatch(/^HTTP\/1.1 404/);
  });
});

test('a chunked body is counted as it comes, and its sender still reads the answer', async () => {
  const door = await openDoor({ limits: { maxBytes: 100_000 } });
  const answer = await new Promise<number>((resolve, reject) => {
    const call = request(
      `${door.httpUrl}/v1/traces`,
      { method: 'POST', headers: PROTOBUF, agent: false },
      (response) => resolve(response.statusCode!),
    );
    call.once('error', reject);
    for (let i = 0; i < 40; i++) call.write(Buffer.alloc(10_000));
  });
  expect(answer).toBe(413);
});

test('a large body with a declared length is refused before it is read, and its sender still reads the answer', async () => {
  const door = await openDoor({ limits: { maxBytes: 1_000 } });
  const answer = await fetch(`${door.httpUrl}/v1/traces`, {
    method: 'POST',
    headers: PROTOBUF,
    body: tracesOf(8e6),
  });
  expect(answer.status).toBe(413);
});

test('headers beyond their limit are a 431, what is not HTTP a 400', async () => {
  const door = await openDoor();
  const large = open(door.httpUrl);
  large.socket.write(`POST / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`);
  await large.closed;
  expect(large.text()).toMatch(/^HTTP\/1.1 431/);
  const noise = open(door.httpUrl);
  noise.socket.write('\u0000\u0001\u0002\r\n\r\n');
  await noise.closed;
  expect(noise.text()).toMatch(/^HTTP\/1.1 400/);
});

function open(url: string): { socket: Socket; closed: Promise<void>; text: () => string } {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return { socket, closed, text: () => received };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}
