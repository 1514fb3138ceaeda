/** Whether a failure passes decides between waiting and setting a segment aside, so it is held here code by code. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../store/client.ts';
import type { Engine } from '../../store/engine.ts';

let answer = { status: 500, text: '' };
const server = createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(answer.status).end(answer.text));
});
let engine: Engine;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  engine = connect({ name: 'fake', url: `http://127.0.0.1:${port}`, transport: 'file' });
});

afterAll(async () => {
  await engine.close();
  server.close();
});

const segment = { signal: 'traces', path: '/nowhere', token: 'token' } as const;

describe('a segment is tried again', () => {
  test.each([
    ['Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)'],
    [
      'Code: 75. DB::Exception: Cannot write to file /a/data.bin: , errno: 28, strerror: No space left on device. (CANNOT_WRITE_TO_FILE_DESCRIPTOR)',
    ],
    [
      'Code: 1001. DB::Exception: std::exception. Code: 1001, type: std::__1::__fs::filesystem::filesystem_error, e.what() = filesystem error: in create_directory: No space left on device ["/a/tmp"]. (STD_EXCEPTION)',
    ],
    ['Code: 241. DB::Exception: Memory limit (total) exceeded. (MEMORY_LIMIT_EXCEEDED)'],
    ['Out of order'],
  ])('when the engine says: %s', async (text) => {
    answer = { status: 500, text };
    await expect(engine.insertSegment(segment)).rejects.toMatchObject({ retryable: true });
  });
});

test('a segment the engine does not understand is not tried for ever', async () => {
  answer = {
    status: 500,
    text: 'Code: 436. DB::Exception: Protobuf message is damaged. (PROTOBUF_BAD_CAST)',
  };
  await expect(engine.insertSegment(segment)).rejects.toMatchObject({ retryable: false });
});
