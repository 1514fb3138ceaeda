/** The real file system keeps the promises that the one in memory makes for it. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJournalFiles } from '../../collector/journal/files.ts';
import { testFolder } from '../helpers/folder.ts';

const NAME = 'traces-000000000001-0123456789abcdef.seg';

async function open() {
  const folder = testFolder();
  return { folder, files: await openJournalFiles(folder), path: join(folder, NAME) };
}

test('a new file is for its owner only and never takes the place of another', async () => {
  const { files, path } = await open();
  const file = await files.create(NAME);
  await file.append([Buffer.from('one '), Buffer.alloc(0), Buffer.from('two')]);
  await file.append([Buffer.from(' three')]);
  await file.sync();
  expect(readFileSync(path, 'utf8')).toBe('one two three');
  expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
  await file.truncate(7);
  await file.close();
  await expect(files.create(NAME)).rejects.toThrow('EEXIST');
  expect(readFileSync(path, 'utf8')).toBe('one two');
});

test('a gathered write of thousands of buffers is written whole', async () => {
  const { files, path } = await open();
  const file = await files.create(NAME);
  const buffers = Array.from({ length: 5_000 }, (_, i) => Buffer.from(`${i},`));
  await file.append(buffers);
  await file.close();
  expect(readFileSync(path)).toEqual(Buffer.concat(buffers));
});

test('settle cuts to the length', async () => {
  const { files, path } = await open();
  writeFileSync(path, '0123456789');
  await files.settle(NAME, 4);
  expect(readFileSync(path, 'utf8')).toBe('0123');
});

test('salvage keeps the damaged file aside and puts the whole in its place, also when it is repeated', async () => {
  const { files, folder, path } = await open();
  for (let i = 0; i < 2; i++) {
    writeFileSync(path, 'damaged', { flag: i === 0 ? 'w' : 'r+' });
    await files.salvage(NAME, [Buffer.from('wh'), Buffer.from('ole')]);
    expect(readFileSync(path, 'utf8')).toBe('whole');
    expect(await files.countSetAside()).toBe(1);
    expect(await files.list()).toEqual([NAME]);
  }
  expect(readFileSync(join(folder, 'set-aside', NAME), 'utf8')).toBe('damaged');
});

test('setAside moves, remove removes and bears that nothing is there', async () => {
  const { files, folder, path } = await open();
  writeFileSync(path, 'x');
  await files.setAside(NAME);
  expect([existsSync(path), existsSync(join(folder, 'set-aside', NAME))]).toEqual([false, true]);
  await files.remove(NAME);
  expect(await files.list()).toEqual([]);
});
