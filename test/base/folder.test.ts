import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolders } from '../../base/folder.ts';
import { testFolder } from '../helpers/folder.ts';

test('makes a folder and all above it, and again nothing', () => {
  const folder = join(testFolder(), 'a', 'b', 'c');
  makeFolders(folder);
  makeFolders(folder);
  expect(existsSync(folder)).toBe(true);
});

test('a file in the way is an error, and so is a place where no folder can be', () => {
  const file = join(testFolder(), 'file');
  writeFileSync(file, '');
  expect(() => makeFolders(file)).toThrow('EEXIST');
  expect(() => makeFolders(join(file, 'a'))).toThrow('ENOTDIR');
});

// Node's own way does not end there.
test.runIf(existsSync('/proc/self'))('below /proc it is refused', () => {
  expect(() => makeFolders('/proc/loopwatch/data')).toThrow('no folder can be made at /proc/loopwatch');
});
