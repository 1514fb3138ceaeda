/** The demo as a person starts it, on free ports and in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { processTree } from '../../bench/harness/processes.ts';
import { DemoClient } from '../../demo/client.ts';
import { eventually } from '../helpers/eventually.ts';

const MAIN = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));
const READY_WITHIN_MS = 60_000;

export interface DemoRun {
  child: ChildProcess;
  output: () => string;
  /** Exit code. */
  ended: Promise<number | null>;
}

export interface Demo extends DemoRun {
  shopUrl: string;
  controlUrl: string;
  client: DemoClient;
  /** Every process below it, and itself. */
  pids: () => number[];
}

/** Runs the demo's command line with nothing of this environment but the path. */
export function runDemo(args: readonly string[]): DemoRun {
  const env = { PATH: process.env.PATH };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk) => {
      text += chunk;
    });
  return { child, output: () => text, ended: once(child, 'close').then(([code]) => code as number | null) };
}

/** Starts it without visitors and story, and waits until it says that it is ready. */
export async function startDemo(dataDir: string, args: readonly string[] = []): Promise<Demo> {
  const run = runDemo([
    ...['--no-story', '--visitors', '0', '--data-dir', dataDir, '--shop-port', '0', '--control-port', '0'],
    ...args,
  ]);
  const address = (name: string) => new RegExp(`^  ${name} +(http:\\S+)$`, 'm').exec(run.output())?.[1];
  await eventually(
    'the demo is ready',
    () => {
      if (run.child.exitCode !== null) return true;
      return run.output().includes('Ctrl-C ends everything');
    },
    READY_WITHIN_MS,
  );
  if (run.child.exitCode !== null) throw new Error(`The demo ended. It wrote:\n${run.output()}`);
  const controlUrl = address('Control')!;
  return {
    ...run,
    shopUrl: address('Shop')!,
    controlUrl,
    client: new DemoClient(Number(new URL(controlUrl).port)),
    pids: () => processTree(run.child.pid!).map(({ pid }) => pid),
  };
}

/** Puts a teapot into a cart of its own. @returns the cart's cookie */
export async function fillCart(shopUrl: string): Promise<string> {
  const answer = await send(shopUrl, '/cart', 'product=7&quantity=1');
  if (answer.status !== 303) throw new Error(`The cart answered ${answer.status}: ${await answer.text()}`);
  return answer.headers.get('set-cookie')!.split(';')[0]!;
}

/** Buys what is in a cart. @returns the shop's answer: 303 to the order, or an error's page */
export const buy = (shopUrl: string, cookie: string): Promise<Response> =>
  send(shopUrl, '/orders', 'name=Somebody&address=Somewhere', cookie);

function send(shopUrl: string, path: string, body: string, cookie = ''): Promise<Response> {
  return fetch(shopUrl + path, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: cookie },
    body,
  });
}
