/** The product as a child of the demo: started like `npm start`, ended with the demo. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../base/errors.ts';
import { type Addresses, readBanner } from '../bench/harness/banner.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const STOP_WITHIN_MS = 15_000;

export interface DemoProduct extends Addresses {
  /** How it ended, e.g. `exit code 1`. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts Loopwatch and waits for its banner. What it has to complain about goes to this process's stderr.
 * @throws Problem `product_failed` with its exit code as `cause`
 */
export async function startProduct(args: readonly string[]): Promise<DemoProduct> {
  const child = spawn(
    process.execPath,
    ['--import', join(ROOT, 'demo/supervise/end-with-parent.ts'), join(ROOT, 'app/start.js'), ...args],
    // A group of its own: Ctrl-C reaches the demo, which ends the shop first.
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], detached: true },
  );
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  let text = '';
  const addresses = await new Promise<Addresses | null>((resolve) => {
    void ended.then(() => resolve(null));
    child.stdout!.on('data', (chunk: Buffer) => {
      // Only the banner is of interest, but the pipe must stay empty.
      if (text.length < 10_000) text += chunk.toString();
      const found = readBanner(text);
      if (found) resolve(found);
    });
  });
  if (!addresses)
    throw new Problem(
      'product_failed',
      'Loopwatch did not start; the lines above say why. Its flags work here too, e.g. npm run demo -- --http-port 0 --otlp-http-port 0 --otlp-grpc-port 0; --attach http://localhost:4318 uses one that runs.',
      { cause: child.exitCode },
    );
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  };
  return { ...addresses, ended, stop };
}
