/** `npm run journey`: one run, a report, an honest exit code. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Site, startSite } from '../../bench/synthetics/site.ts';
import { testFolder } from '../helpers/folder.ts';

const COMMAND = fileURLToPath(new URL('../../app/journey.ts', import.meta.url));
const JOURNEYS = fileURLToPath(new URL('../../drills/probes/journeys', import.meta.url));
let site: Site;

beforeAll(async () => {
  site = await startSite();
});

afterAll(() => site.close());

async function journey(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd: '/',
    env: { PATH: process.env.PATH, JOURNEY_SITE: site.url },
  });
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.err += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...texts };
}

test('a wrong command line or file exits 2 and says what is right', async () => {
  expect(await journey()).toMatchObject({ code: 2, err: expect.stringContaining('Usage: npm run journey') });
  expect(await journey('--hedaed', 'a')).toMatchObject({ code: 2, err: expect.stringContaining('--hedaed') });
  expect(await journey('/nowhere.journey.ts')).toMatchObject({
    code: 2,
    err: expect.stringContaining('cannot be read'),
  });
  expect(await journey('--help')).toMatchObject({ code: 0, out: expect.stringContaining('--keep FOLDER') });
}, 60_000);

test('a journey that passes exits 0, shows its steps and keeps what is asked for', async () => {
  const folder = join(testFolder(), 'kept');
  const { code, out } = await journey(join(JOURNEYS, 'passes.journey.ts'), '--keep', folder);
  expect(out).toMatch(/passes: passed in .*\n\n✓ home .*\n.*LCP .*\n.*GET 200/);
  expect(readdirSync(folder).sort()).toEqual([
    'requests.har',
    'step-1.jpg',
    'step-2.jpg',
    'step-3.jpg',
    'trace.zip',
  ]);
  expect(code).toBe(0);
}, 60_000);

test('one that fails exits 1, says whose fault it is and where its picture lies', async () => {
  const { code, out } = await journey(join(JOURNEYS, 'meets-500.journey.ts'), '--json');
  const { failure, artifacts, verdict } = JSON.parse(out);
  expect({ code, verdict, failure }).toMatchObject({
    code: 1,
    verdict: 'failed',
    failure: { class: 'target', step: 'fails' },
  });
  expect(existsSync(artifacts[0].path)).toBe(true);
  rmSync(dirname(artifacts[0].path), { recursive: true });
}, 60_000);
