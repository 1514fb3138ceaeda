/** Nothing stays behind, however the product goes. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

test('kill -9 of the product ends the reading of a journey file that loops when it is imported', async () => {
  const folder = testFolder();
  const pidFile = join(folder, 'pid');
  const journey = join(folder, 'loop.journey.ts');
  writeFileSync(
    journey,
    `import { writeFileSync } from 'node:fs';
     writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
     while (true) {}`,
  );
  const load = new URL('../../synthetics/journey/load.ts', import.meta.url).href;
  const script = `const { loadJourney } = await import(${JSON.stringify(load)}); await loadJourney(${JSON.stringify(journey)}, {});`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const pid = () => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0);
  await eventually('the file to be imported', () => pid() > 0);
  const reading = pid();
  onTestFinished(() => {
    if (isAlive(reading)) process.kill(reading, 'SIGKILL');
  });
  child.kill('SIGKILL');
  // Sooner than its own limit of ten seconds, which the product would have kept.
  await eventually('it to be gone', () => !isAlive(reading));
});
