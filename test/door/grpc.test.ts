/** Lines of the receiver checklist that only gRPC has. */
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { RPC } from '../../collector/receive/refusals.ts';
import { openDoor, traces, tracesOf } from './setting.ts';
import { callRaw, frame, post } from './transports.ts';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const asIs = (bytes: Buffer) => bytes;

describe('framing', () => {
  test.each([
    ['no message', Buffer.alloc(0), {}, RPC.INVALID_ARGUMENT],
    ['half a prefix', Buffer.from([0, 0, 0]), {}, RPC.INVALID_ARGUMENT],
    ['less than declared', frame(traces()).subarray(0, -3), {}, RPC.INVALID_ARGUMENT],
    ['two messages', Buffer.concat([frame(traces()), frame(traces())]), {}, RPC.INVALID_ARGUMENT],
    [
      'a flag that is none',
      Buffer.concat([Buffer.from([7]), frame(traces()).subarray(1)]),
      {},
      RPC.INVALID_ARGUMENT,
    ],
    ['4 GiB declared', Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1, 2]), {}, RPC.INVALID_ARGUMENT],
    ['compressed, not said how', frame(traces(), true), {}, RPC.INTERNAL],
    ['a method there is not', frame(traces()), { ':path': '/a.b/C' }, RPC.UNIMPLEMENTED],
    ['a prototype as a method', frame(traces()), { ':path': '/constructor' }, RPC.UNIMPLEMENTED],
  ])('%s is refused for good', async (_, bytes, headers, rpc) => {
    const door = await openDoor();
    const outcome = await callRaw(door.grpcUrl, bytes, headers);
    expect(outcome).toMatchObject({ status: rpc, retryAfter: undefined, headers: { ':status': 200 } });
    expect(outcome.message).not.toBe('');
    expect(door.journaled).toEqual([]);
  });

  test('an encoding is named and the message still not compressed: taken', async () => {
    const door = await openDoor();
    expect(await callRaw(door.grpcUrl, frame(traces()), { 'grpc-encoding': 'gzip' })).toMatchObject({
      ok: true,
    });
  });

  test.each(['application/json', 'application/grpc-web', 'application/grpc+json'])(
    '%s is a 415',
    async (type) => {
      const door = await openDoor();
      const outcome = await callRaw(door.grpcUrl, frame(traces()), { 'content-type': type });
      expect(outcome.headers[':status']).toBe(415);
    },
  );

  test('messages with characters of any kind arrive in grpc-message', async () => {
    const door = await openDoor();
    const outcome = await callRaw(door.grpcUrl, frame(traces()), { 'grpc-encoding': 'a%41"b' });
    expect(outcome.message).toContain('"a%41"b"');
  });
});

describe('with grpc-js as the client', () => {
  const send = (url: string, body: Buffer, deadlineMs = 5_000) => {
    const client = new Client(new URL(url).host, credentials.createInsecure());
    return new Promise<Buffer>((resolve, reject) => {
      const options = { deadline: Date.now() + deadlineMs };
      client.makeUnaryRequest(EXPORT, asIs, asIs, body, new Metadata(), options, (error, answer) => {
        client.close();
        if (error) reject(error);
        else resolve(answer!);
      });
    });
  };

  test('many calls on one connection at once', async () => {
    const door = await openDoor();
    const client = new Client(new URL(door.grpcUrl).host, credentials.createInsecure());
    const call = () =>
      new Promise<void>((resolve, reject) => {
        client.makeUnaryRequest(EXPORT, asIs, asIs, traces(), (error) => (error ? reject(error) : resolve()));
      });
    await Promise.all(Array.from({ length: 300 }, call));
    client.close();
    expect(door.journaled).toHaveLength(300);
    expect(door.door.budget).toMatchObject({ bytes: 0, requests: 0 });
  });

  test('a refusal in the middle of a large message is read by the client', async () => {
    const door = await openDoor({ limits: { maxBytes: 100_000 } });
    const error = await send(door.grpcUrl, tracesOf(8e6)).catch((thrown: ServiceError) => thrown);
    expect(error).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect((error as ServiceError).details).toMatch(/larger than/);
  });

  test('a client that gives up leaves nothing behind', async () => {
    const release = Promise.withResolvers<void>();
    const door = await openDoor({ append: () => release.promise });
    const error = await send(door.grpcUrl, traces(), 200).catch((thrown: ServiceError) => thrown);
    expect(error).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    release.resolve();
    await until(() => door.door.budget.requests === 0);
    expect(door.journaled).toHaveLength(1);
  });

  test('stopping lets a running call end, and new ones are told to come again', async () => {
    const release = Promise.withResolvers<void>();
    const door = await openDoor({ append: () => release.promise });
    const running = send(door.grpcUrl, traces());
    await until(() => door.door.budget.requests === 1);
    const stopped = door.stop();
    release.resolve();
    expect(await running).toEqual(Buffer.alloc(0));
    await stopped;
    const error = await send(door.grpcUrl, traces(), 300).catch((thrown: ServiceError) => thrown);
    expect([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]).toContain((error as ServiceError).code);
  });
});

describe('hostile connections', () => {
  test('a body that drips is refused when its time is up', async () => {
    const door = await openDoor({ limits: { bodyWithinMs: 150 } });
    const session = connectHttp2(door.grpcUrl);
    const stream = session.request({
      ':method': 'POST',
      ':path': EXPORT,
      'content-type': 'application/grpc',
    });
    stream.on('error', () => {});
    const drip = setInterval(() => stream.writable && stream.write('x'), 20);
    const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
    clearInterval(drip);
    session.destroy();
    expect(headers['grpc-status']).toBe(String(RPC.DEADLINE_EXCEEDED));
    await until(() => door.door.budget.requests === 0);
    expect(door.door.budget.bytes).toBe(0);
  });

  test('a connection that never speaks HTTP/2 is cut', async () => {
    const door = await openDoor({ limits: { headersWithinMs: 100 } });
    await closed(connectTo(door.grpcUrl));
  });

  test('an idle connection is closed', async () => {
    const door = await openDoor({ limits: { grpcIdleMs: 100 } });
    const session = connectHttp2(door.grpcUrl);
    await new Promise((resolve) => session.once('close', resolve));
  });

  test('a connection that only pings is cut; calls make pings good', async () => {
    const door = await openDoor({ limits: { maxPings: 5 } });
    const session = connectHttp2(door.grpcUrl);
    session.on('error', () => {});
    const goaway = new Promise<number>((resolve) => session.once('goaway', resolve));
    await new Promise((resolve) => session.once('remoteSettings', resolve));
    for (let i = 0; i < 8 && !session.destroyed; i++) session.ping(() => {});
    expect(await goaway).toBe(11);
  });

  test('HTTP/1.1 on the gRPC port is closed and shown among the senders', async () => {
    const door = await openDoor();
    await post(`${door.grpcUrl}/v1/traces`, traces(), {}).catch(() => {});
    await until(() => door.senders.list().senders.length === 1);
    expect(door.senders.list().senders[0]!.lastRejection!.reason).toMatch(/4318/);
  });

  test('gRPC on the HTTP port is refused and shown among the senders', async () => {
    const door = await openDoor();
    await callRaw(door.httpUrl, frame(traces())).catch(() => {});
    await until(() => door.senders.list().senders.length === 1);
    expect(door.senders.list().senders[0]).toMatchObject({ transport: 'grpc' });
    expect(door.senders.list().senders[0]!.lastRejection!.reason).toMatch(/4317/);
  });

  test('noise does not end the process, and neighbours are served', async () => {
    const door = await openDoor();
    const socket = connectTo(door.grpcUrl);
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.alloc(500, 0xee)]));
    await closed(socket);
    expect(await callRaw(door.grpcUrl, frame(traces()))).toMatchObject({ ok: true });
  });
});

function connectTo(url: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  return socket.on('error', () => {}).resume();
}
const closed = (socket: ReturnType<typeof connectTo>) =>
  new Promise<void>((resolve) => socket.once('close', () => resolve()));

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}
