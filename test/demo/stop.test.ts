/** However the demo ends, nothing of it is left; and when it cannot start, it says why. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { isAlive } from '../../bench/harness/processes.ts';
import { eventually } from '../helpers/eventually.ts';
import { testFolder } from '../helpers/folder.ts';
import { type Demo, runDemo, startDemo } from './setting.ts';

const FREE = ['http-port', 'otlp-http-port', 'otlp-grpc-port'].flatMap((name) => [`--${name}`, '0']);

async function startWhole(...args: string[]): Promise<Demo> {
  const demo = await startDemo(testFolder(), [...FREE, '--workers', '1', ...args]);
  onTestFinished(() => void demo.child.kill('SIGKILL'));
  return demo;
}

const allGone = (pids: readonly number[]) =>
  eventually('no process is left', () => pids.every((pid) => !isAlive(pid)), 30_000);

test('visitors buy; SIGTERM ends them, shop and product, with exit code 0', {
  timeout: 120_000,
}, async () => {
  const demo = await startWhole('--visitors', '5');
  await eventually('an order', async () => (await demo.client.state()).workers[0]!.done > 0, 30_000);
  const pids = demo.pids();
  // Itself, seven of the shop, the product and its engine.
  expect(pids.length).toBeGreaterThanOrEqual(10);
  demo.child.kill('SIGTERM');
  expect(await demo.ended, demo.output()).toBe(0);
  await allGone(pids);
  expect(demo.output()).not.toMatch(/error/i);
});

test('after kill -9 of its main process no process is left', { timeout: 120_000 }, async () => {
  const demo = await startWhole();
  const pids = demo.pids();
  demo.child.kill('SIGKILL');
  await allGone(pids);
});

test('a port that is taken is said, with the flag that chooses another', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await eventually('the port is taken', () => other.listening);
  const { port } = other.address() as AddressInfo;
  for (const flag of ['control-port', 'shop-port']) {
    const args = ['--data-dir', testFolder(), '--control-port', '0', `--${flag}`, String(port)];
    const run = runDemo(args);
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(`Choose another with --${flag}`);
  }
});

test('wrong flags, no product and no demo are said, with honest exit codes', {
  timeout: 60_000,
}, async () => {
  const ports = ['--data-dir', testFolder(), '--control-port', '0', '--shop-port', '0'];
  const cases: [string[], number, string][] = [
    [['--help'], 0, 'Usage: npm run demo'],
    [['falt'], 2, 'There is no command "falt"'],
    [[...ports, '--htp-port', '0'], 2, 'did you mean --http-port?'],
    [[...ports, '--attach', 'http://127.0.0.1:9'], 1, 'does not answer'],
    [['faults', '--control-port', '9'], 1, 'No demo answers on port 9'],
  ];
  const runs = cases.map(([args]) => runDemo(args));
  for (const [i, [, code, words]] of cases.entries()) {
    expect([await runs[i]!.ended, runs[i]!.output()]).toEqual([code, expect.stringContaining(words)]);
  }
});
