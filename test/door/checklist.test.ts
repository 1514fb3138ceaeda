/** Every line of the receiver checklist that both transports keep. */
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../base/errors.ts';
import { RPC } from '../../collector/receive/refusals.ts';
import { field, fixed64, SPAN_ID, TRACE_ID } from '../collector/wire.ts';
import { now, openDoor, spanNow, traces, tracesOf } from './setting.ts';
import { TRANSPORTS } from './transports.ts';

const MIB = 2 ** 20;

describe.each(TRANSPORTS)('over $name', ({ send, status }) => {
  test.each([
    ['none', undefined, (body: Buffer) => body],
    ['gzip', 'gzip', gzipSync],
    ['deflate', 'deflate', deflateSync],
    ['zstd', 'zstd', zstdCompressSync],
    ['GZip in any case', 'GZip', gzipSync],
    ['nothing, said by name', 'identity', (body: Buffer) => body],
  ] as const)('a request compressed by %s is journaled as it was sent', async (_, encoding, compress) => {
    const door = await openDoor();
    const body = traces();
    const outcome = await send(door, { body: compress(body), ...(encoding ? { encoding } : {}) });
    expect(outcome).toMatchObject({ ok: true, rejected: 0, reason: '' });
    expect(outcome.body).toHaveLength(0);
    expect(door.journaled.map(({ body }) => Buffer.from(body))).toEqual([body]);
  });

  test('several members or frames one after the other are one body', async () => {
    const door = await openDoor();
    const [a, b] = [traces(), traces()];
    for (const [encoding, compress] of [
      ['gzip', gzipSync],
      ['zstd', zstdCompressSync],
    ] as const) {
      const outcome = await send(door, { body: Buffer.concat([compress(a), compress(b)]), encoding });
      expect(outcome.ok, encoding).toBe(true);
      expect(Buffer.from(door.journaled.at(-1)!.body), encoding).toEqual(Buffer.concat([a, b]));
    }
  });

  test('an empty request succeeds and nothing is journaled', async () => {
    const door = await openDoor();
    expect(await send(door, { body: Buffer.alloc(0) })).toMatchObject({ ok: true, rejected: 0, reason: '' });
    expect(door.journaled).toEqual([]);
  });

  test('single bad items are refused by partial success with their count and the reason; the rest is kept', async () => {
    const door = await openDoor();
    const lost = [...field(1, TRACE_ID), ...field(2, SPAN_ID), ...fixed64(7, now() + 3_600_000_000_000n)];
    const nameless = [...field(1, Array(16).fill(0)), ...field(2, SPAN_ID), ...fixed64(7, now())];
    const outcome = await send(door, { body: traces(spanNow(), lost, nameless, spanNow()) });
    expect(outcome).toMatchObject({ ok: true, rejected: 2 });
    expect(outcome.reason).toMatch(/2 spans were not stored: .*trace id.*clock of the sender/);
    expect(door.journaled).toMatchObject([{ items: 2 }]);
  });

  test('bytes that are not OTLP are refused for good, and neighbours are not touched', async () => {
    const door = await openDoor();
    const [bad, good] = await Promise.all([
      send(door, { body: Buffer.from([0xff, 0xff, 0xff]) }),
      send(door, { body: traces() }),
    ]);
    expect(bad).toMatchObject({ ok: false, status: status(400, RPC.INVALID_ARGUMENT), rpc: 3 });
    expect(bad.message).toMatch(/not a valid OTLP protobuf request/);
    expect(bad.retryAfter).toBeUndefined();
    expect(good.ok).toBe(true);
  });

  test.each([
    ['garbage', 'gzip', () => Buffer.from('this is no gzip')],
    ['cut gzip', 'gzip', () => gzipSync(traces()).subarray(0, -9)],
    ['cut deflate', 'deflate', () => deflateSync(traces()).subarray(0, -5)],
    ['cut zstd', 'zstd', () => zstdCompressSync(traces()).subarray(0, -4)],
    [
      'garbage after zstd',
      'zstd',
      () => Buffer.concat([zstdCompressSync(traces()), Buffer.from('abcdefgh')]),
    ],
    // Frame header with a window of 128 MiB and nothing that would fill it.
    ['zstd with a huge window', 'zstd', () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x88, 0x4b, 0, 0, 65])],
  ] as const)('%s is a bad request', async (_, encoding, body) => {
    const door = await openDoor();
    const outcome = await send(door, { body: body(), encoding });
    expect(outcome).toMatchObject({ ok: false, status: status(400, RPC.INVALID_ARGUMENT) });
    expect(outcome.message).toMatch(new RegExp(`not ${encoding}`));
    expect(door.journaled).toEqual([]);
  });

  test.each(['br', 'gzip, gzip', 'constructor', 'snappy'])(
    'the encoding "%s" is not taken',
    async (encoding) => {
      const door = await openDoor();
      const outcome = await send(door, { body: gzipSync(gzipSync(traces())), encoding });
      // gRPC's own documents want UNIMPLEMENTED for a compression the server does not have.
      expect(outcome).toMatchObject({ ok: false, status: status(400, RPC.UNIMPLEMENTED) });
      expect(outcome.message).toMatch(/gzip, deflate, zstd/);
      expect(outcome.retryAfter).toBeUndefined();
    },
  );

  test('the size limit is exact, and a larger request is refused without being asked to come again', async () => {
    const body = tracesOf(MIB);
    const fits = await openDoor({ limits: { maxBytes: body.length } });
    expect(await send(fits, { body })).toMatchObject({ ok: true });
    const small = await openDoor({ limits: { maxBytes: body.length - 1 } });
    const outcome = await send(small, { body });
    expect(outcome).toMatchObject({ ok: false, status: status(413, RPC.RESOURCE_EXHAUSTED), rpc: 8 });
    expect(outcome.retryAfter).toBeUndefined();
    expect(outcome.message).toMatch(/larger than 1 MiB .*OTEL_BSP_MAX_EXPORT_BATCH_SIZE/);
    expect(small.journaled).toEqual([]);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
  ] as const)('the size limit holds after decompression (%s)', async (encoding, compress) => {
    const body = tracesOf(8 * MIB);
    const door = await openDoor({ limits: { maxBytes: MIB } });
    const outcome = await send(door, { body: compress(body), encoding });
    expect(outcome).toMatchObject({ ok: false, status: status(413, RPC.RESOURCE_EXHAUSTED) });
    expect(door.door.budget.bytes).toBe(0);
  });

  test('without the token nobody sends, with it one does', async () => {
    const door = await openDoor({ token: 'abc123' });
    const refused = { ok: false, status: status(401, RPC.UNAUTHENTICATED), rpc: 16 };
    for (const token of [undefined, 'abc', 'abc1234', ''])
      expect(await send(door, { body: traces(), ...(token === undefined ? {} : { token }) })).toMatchObject(
        refused,
      );
    expect(door.journaled).toEqual([]);
    expect(await send(door, { body: traces(), token: 'abc123' })).toMatchObject({ ok: true });
  });

  test.each(['journal_full', 'journal_failed', 'shutting_down'])(
    'what passes (%s) is answered so that the sender comes again',
    async (code) => {
      const door = await openDoor({
        append: () => Promise.reject(new Problem(code, 'Not now', { retryable: true })),
      });
      const outcome = await send(door, { body: traces() });
      expect(outcome).toMatchObject({
        ok: false,
        status: status(503, RPC.UNAVAILABLE),
        rpc: 14,
        message: 'Not now',
      });
      expect(outcome.retryAfter).toBeGreaterThan(0);
    },
  );

  test('a fault of ours is logged and passes: never a 500', async () => {
    const door = await openDoor({ append: () => Promise.reject(new TypeError('oops')) });
    expect(await send(door, { body: traces() })).toMatchObject({ status: status(503, RPC.UNAVAILABLE) });
    expect(door.logged.join()).toMatch(/could not be handled.*oops/);
  });

  test('more bytes in flight than the budget are refused for now, and given back', async () => {
    const release = Promise.withResolvers<void>();
    const body = tracesOf(MIB);
    const door = await openDoor({ limits: { maxBytesInFlight: 1.5 * MIB }, append: () => release.promise });
    const first = send(door, { body });
    await until(() => door.door.budget.bytes >= MIB);
    const second = await send(door, { body });
    expect(second).toMatchObject({ ok: false, status: status(503, RPC.UNAVAILABLE) });
    expect(second.retryAfter).toBeGreaterThan(0);
    release.resolve();
    expect(await first).toMatchObject({ ok: true });
    expect(await send(door, { body })).toMatchObject({ ok: true });
    expect(door.door.budget).toMatchObject({ bytes: 0, requests: 0 });
  });

  test('more requests in flight than allowed are refused for now', async () => {
    const release = Promise.withResolvers<void>();
    const door = await openDoor({ limits: { maxRequestsInFlight: 2 }, append: () => release.promise });
    const open = [send(door, { body: traces() }), send(door, { body: traces() })];
    await until(() => door.door.budget.requests === 2);
    expect(await send(door, { body: traces() })).toMatchObject({ status: status(503, RPC.UNAVAILABLE) });
    release.resolve();
    expect((await Promise.all(open)).map(({ ok }) => ok)).toEqual([true, true]);
  });

  test('every signal is taken in', async () => {
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      const door = await openDoor();
      expect(await send(door, { body: Buffer.alloc(0), signal })).toMatchObject({ ok: true });
    }
  });
});

test('the two transports share one budget', async () => {
  const [http, grpc] = TRANSPORTS;
  const release = Promise.withResolvers<void>();
  const door = await openDoor({ limits: { maxRequestsInFlight: 1 }, append: () => release.promise });
  const first = grpc!.send(door, { body: traces() });
  await until(() => door.door.budget.requests === 1);
  expect(await http!.send(door, { body: traces() })).toMatchObject({ status: 503 });
  release.resolve();
  expect(await first).toMatchObject({ ok: true });
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}
