/** Where commands about rules look for data: nowhere else than where there is some. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStoreOf } from '../../app/rules-store.ts';
import { testFolder } from '../helpers/folder.ts';

const open = openStoreOf({});

test('a folder without data is refused and left as it is, so that silence is never taken for good news', async () => {
  const folder = testFolder();
  await expect(open({ 'data-dir': folder })).rejects.toThrow(`There is no data of Loopwatch in ${folder}`);
  await expect(open({ 'data-dir': join(folder, 'nowhere') })).rejects.toThrow(/--data-dir DIR/);
  expect(readdirSync(folder)).toEqual([]);
});

test("the folder of the demo tells where the product's is", async () => {
  const folder = testFolder();
  mkdirSync(join(folder, 'loopwatch', 'engine', 'store'), { recursive: true });
  await expect(open({ 'data-dir': folder })).rejects.toThrow(
    `that of the demo is in ${join(folder, 'loopwatch')}`,
  );
});
