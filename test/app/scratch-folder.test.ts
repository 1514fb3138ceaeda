import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeScratchFolder } from '../../app/scratch-folder.ts';
import { testFolder } from '../helpers/folder.ts';

test('what a killed process left is cleared at the next start, and nothing else is', () => {
  const parent = testFolder();
  const { pid: gone } = spawnSync(process.execPath, ['--version']);
  const make = (name: string) => {
    const folder = join(parent, name);
    mkdirSync(join(folder, 'browser-0'), { recursive: true });
    return folder;
  };
  const left = make(`loopwatch-journey-${gone}-abc`);
  const kept = [
    make(`loopwatch-journey-${process.ppid}-abc`),
    make(`loopwatch-other-${gone}-abc`),
    make('loopwatch-journey-notes'),
  ];
  const own = takeScratchFolder('journey', parent);
  expect(existsSync(left)).toBe(false);
  expect(kept.filter((folder) => !existsSync(folder))).toEqual([]);
  expect(own.startsWith(join(parent, `loopwatch-journey-${process.pid}-`))).toBe(true);
});
