/** Files that probes leave behind: what they say they are, and never more than there is room for. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ArtifactStore } from '../../store/artifacts.ts';
import { testFolder } from '../helpers/folder.ts';

const HOUR = 3_600_000;
const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

function open(budgetBytes = 1_000, retentionMs = 24 * HOUR) {
  const folder = testFolder();
  const clock = { now: Date.now() };
  const store = new ArtifactStore(folder, { budgetBytes, retentionMs }, () => clock.now);
  const put = (content: string, type = 'text/plain') =>
    store.put(sha256(content), type, Buffer.from(content));
  const has = async (content: string) => (await store.read(sha256(content))) !== null;
  return { folder, clock, store, put, has };
}

test('what was put is read, with its type', async () => {
  const { store, put } = open();
  expect(await put('pixels', 'image/jpeg')).toBe('created');
  expect(await store.read(sha256('pixels'))).toEqual({ type: 'image/jpeg', content: Buffer.from('pixels') });
  expect(await store.read(sha256('other'))).toBeNull();
});

test('the same again is known, and is kept for longer', async () => {
  const { store, put, has, clock } = open();
  await put('a');
  clock.now += 20 * HOUR;
  expect(await put('a')).toBe('known');
  clock.now += 20 * HOUR;
  await store.sweep();
  expect(await has('a')).toBe(true);
  clock.now += 5 * HOUR;
  await store.sweep();
  expect(await has('a')).toBe(false);
});

test.each([
  ['another hash', sha256('b'), 'text/plain', 'hash_mismatch'],
  ['a page', sha256('a'), 'text/html', 'wrong_media_type'],
  ['a picture that can hold scripts', sha256('a'), 'image/svg+xml', 'wrong_media_type'],
])('%s is refused, and nothing is left of it', async (_, hash, type, code) => {
  const { store, folder } = open();
  await expect(store.put(hash, type, Buffer.from('a'))).rejects.toMatchObject({ code, retryable: false });
  expect(readdirSync(folder)).toEqual([]);
});

test('one that would take more than a quarter of the room is refused', async () => {
  const { put } = open(400);
  await expect(put('x'.repeat(101))).rejects.toMatchObject({ code: 'body_too_large' });
  await expect(put('x'.repeat(100))).resolves.toBe('created');
});

test('beyond the budget the oldest go', async () => {
  const { put, has, clock, store } = open(400);
  const contents = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => letter.repeat(90));
  for (const content of contents) {
    clock.now += 1_000;
    await put(content);
  }
  expect(await Promise.all(contents.map(has))).toEqual([false, false, true, true, true, true]);
  expect(await store.sweep()).toBe(360);
});

test('a new process counts what an older one left, and clears what it left half-written', async () => {
  const { folder, store, clock } = open(100);
  mkdirSync(join(folder, 'ab'));
  const old = join(folder, 'ab', `${'ab'.repeat(32)}.txt`);
  const half = join(folder, 'ab', `${'ab'.repeat(32)}.txt.1-x.part`);
  const fresh = join(folder, 'ab', `${'ab'.repeat(32)}.txt.1-y.part`);
  for (const path of [old, half, fresh]) writeFileSync(path, 'x'.repeat(60));
  for (const path of [old, half]) utimesSync(path, clock.now / 1_000 - 7_200, clock.now / 1_000 - 7_200);
  expect(await store.sweep()).toBe(60);
  expect(readdirSync(join(folder, 'ab')).sort()).toEqual([old, fresh].map((path) => path.split('/').at(-1)));
});

test('a disk without room is told as something that passes', async () => {
  const { folder, put } = open();
  // In the place of the folder it would make.
  writeFileSync(join(folder, sha256('a').slice(0, 2)), '');
  await expect(put('a')).rejects.toMatchObject({ code: 'no_room', retryable: true });
});
