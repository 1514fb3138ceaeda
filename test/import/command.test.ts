/** The command as a person runs it: its words and its exit codes. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openDoor } from '../door/setting.ts';
import { file, spanLine } from './setting.ts';

const MAIN = fileURLToPath(new URL('../../app/import/main.ts', import.meta.url));

function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { env: { PATH: process.env.PATH }, timeout: 15_000 },
      (_, out, err) => resolve({ code: child.exitCode, out, err }),
    );
  });
}

test('0 when everything went in', async () => {
  const door = await openDoor();
  const { code, out, err } = await run(file(spanLine('a')), '--endpoint', door.httpUrl, '--shift-to', 'now');
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^Imported 1 span, 0 data points and 0 log records in /);
  expect(out).toMatch(/All times were moved by .*: \d{4}-\S+Z became \d{4}-/);
});

test('1 when something was left out, and it is said', async () => {
  const door = await openDoor();
  const path = file(`${spanLine('a')}\n{`);
  const { code, out } = await run(path, '--endpoint', door.httpUrl);
  expect(code).toBe(1);
  expect(out).toContain(`Left out:\n  ${path}:2: It is JSON over many lines`);
});

test('1 and one sentence when nobody is there', async () => {
  const { code, err } = await run(file(spanLine('a')), '--endpoint', 'http://127.0.0.1:1');
  expect([code, err.trim().split('\n').length]).toEqual([1, 1]);
  expect(err).toContain('npm start');
});

test.each([
  [[], /name at least one file/],
  [['a.jsonl', '--sped', '3'], /--sped/],
  [['a.jsonl', '--speed', '0'], /--speed "0" is not a number above 0/],
  [['a.jsonl', '--shift-to', 'yesterday'], /--shift-to takes only "now"/],
  [['a.jsonl', '--endpoint', 'localhost:4318'], /--endpoint "localhost:4318" is not a URL/],
] as const)('2 for wrong usage %j', async (args, sentence) => {
  const { code, out, err } = await run(...args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(sentence);
});

test('--help is told on stdout, with 0', async () => {
  const { code, out, err } = await run('--help');
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('Usage: npm run import -- FILES');
});
