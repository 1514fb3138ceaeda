/** Files of probes at the front door: with the token, as what they are, and within the door's limits. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Problem } from '../../base/errors.ts';
import { openDoor } from './setting.ts';

const sha256 = createHash('sha256').update('pixels').digest('hex');
const PATH = `/v1/artifacts/${sha256}`;

async function open(put = async (): Promise<'created' | 'known'> => 'created', token?: string) {
  const taken: [string, string, string][] = [];
  const door = await openDoor({
    ...(token === undefined ? {} : { token }),
    artifacts: {
      put: async (hash, type, content) => {
        const done = await put();
        taken.push([hash, type, Buffer.from(content).toString()]);
        return done;
      },
    },
  });
  const send = (path: string, init: RequestInit = {}) =>
    fetch(door.httpUrl + path, {
      method: 'PUT',
      body: 'pixels',
      ...init,
      headers: { 'Content-Type': 'image/png', ...init.headers },
    });
  return { taken, send };
}

test('a file is taken with its hash and type, and 201 says that it is new', async () => {
  const { taken, send } = await open();
  const answer = await send(PATH, { headers: { 'Content-Type': 'Image/PNG; charset=binary' } });
  expect([answer.status, await answer.json()]).toEqual([201, {}]);
  expect(taken).toEqual([[sha256, 'image/png', 'pixels']]);
});

test('one that is known is 200', async () => {
  const { send } = await open(async () => 'known');
  expect((await send(PATH)).status).toBe(200);
});

test.each<[string, string, RequestInit, number, RegExp]>([
  ['by POST', PATH, { method: 'POST' }, 405, /takes PUT only/],
  ['a path in the place of a hash', '/v1/artifacts/..%2f..%2fetc%2fpasswd', {}, 404, /64 hex digits/],
  [
    'a hash in capitals',
    PATH.toUpperCase().replace('/V1/ARTIFACTS', '/v1/artifacts'),
    {},
    404,
    /64 hex digits/,
  ],
  ['a packed body', PATH, { headers: { 'Content-Encoding': 'gzip' } }, 400, /without Content-Encoding/],
])('%s is refused', async (_, path, init, status, message) => {
  const { taken, send } = await open();
  const answer = await send(path, init);
  expect(answer.status).toBe(status);
  expect(((await answer.json()) as { message: string }).message).toMatch(message);
  if (status === 405) expect(answer.headers.get('allow')).toBe('PUT');
  expect(taken).toEqual([]);
});

test('it needs the token that everything else needs', async () => {
  const { taken, send } = await open(undefined, 'secret');
  expect((await send(PATH)).status).toBe(401);
  expect(taken).toEqual([]);
  expect((await send(PATH, { headers: { Authorization: 'Bearer secret' } })).status).toBe(201);
});

test.each([
  ['hash_mismatch', false, 400],
  ['wrong_media_type', false, 415],
  ['body_too_large', false, 413],
  ['no_room', true, 503],
])('what the store says is what the sender is told: %s', async (code, retryable, status) => {
  const { send } = await open(async () => {
    throw new Problem(code, 'words', { retryable });
  });
  const answer = await send(PATH);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('retry-after') !== null).toBe(retryable);
});

test('without a store there is no such path', async () => {
  const { httpUrl } = await openDoor();
  expect((await fetch(httpUrl + PATH, { method: 'PUT', body: 'pixels' })).status).toBe(404);
});
