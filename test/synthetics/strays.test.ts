/** Nothing stays behind, however the product goes. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startSite } from '../../bench/synthetics/site.ts';
import { eventually, isAlive } from '../helpers/eventually.ts';
import { testFolder } from '../helpers/folder.ts';

test('kill -9 of the product ends a runner that a journey blocks, and its browser', async () => {
  const site = await startSite();
  onTestFinished(site.close);
  const folder = testFolder();
  const child = spawn(process.execPath, [fileURLToPath(new URL('./holder.ts', import.meta.url)), site.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, TMPDIR: folder },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const pids = () => JSON.parse(printed.trimEnd().split('\n').at(-1)!) as number[];
  // The journey has begun once the site was asked for its page; then it loops.
  await eventually('the journey to run', () => site.requests.length > 0 && pids().length > 4);
  const started = pids();
  child.kill('SIGKILL');
  await eventually('everything to be gone', () => started.every((pid) => !isAlive(pid)));
  expect(started.length).toBeGreaterThan(4);
});
