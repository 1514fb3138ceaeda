import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { isAlive } from '../../bench/harness/processes.ts';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { progress } from '../../bench/harness/report.ts';
import type { Scratch } from '../../bench/harness/scratch.ts';
import { waitUntil } from '../../bench/harness/settle.ts';
import { Random } from '../../bench/workload/random.ts';
import type { Load } from '../harness/load.ts';

/** What SIGKILL is sent to: the product's main process, its engine's process, or one shortly after the other. */
export const VICTIMS = ['product', 'engine', 'both'] as const;
export type Victim = (typeof VICTIMS)[number];

export interface CyclesOptions {
  /** Whether there is another one after so many. */
  goOn: (done: number) => boolean;
  seed: number;
  /** The load runs for so long before the kill, milliseconds. */
  before: { least: number; most: number };
  /** Further flags of the product. */
  args?: readonly string[];
  /** Called with the product after each start. */
  started?: (product: Product) => void;
  /** What else happens to it, before the kill of each cycle. */
  also?: (product: Product) => Promise<void>;
}

export interface Cycles {
  /** The product as the last cycle left it, running. */
  product: Product;
  /** Milliseconds from the (first) kill until the product is ready again; for the engine, until it answers. */
  ready: { victim: Victim; ms: number }[];
  /** What the product wrote when it did not start after a kill; it was started again, as systemd would. */
  failedStarts: string[];
}

/** A product that does not start so often in a row never will. */
const START_TRIES = 10;
const START_PAUSE_MS = 100;
const BACK_WITHIN_MS = 60_000;
const GONE_WITHIN_MS = 10_000;
/** Between the two kills of `both`: anything from at once to the middle of the engine's restart. */
const BETWEEN_KILLS_MS = 400;

/** Kills and restarts the product on one data folder, with the load running whenever it is up. */
export async function runCycles(scratch: Scratch, load: Load, options: CyclesOptions): Promise<Cycles> {
  const random = new Random(options.seed);
  const start = async () => {
    const dataDir = join(scratch.folder, 'data');
    const product = await startProduct({ dataDir, atEnd: scratch.atEnd, args: options.args ?? [] });
    options.started?.(product);
    return product;
  };
  const done: Cycles = { product: await start(), ready: [], failedStarts: [] };
  for (let cycle = 1; options.goOn(cycle - 1); cycle++) {
    // Each kind comes early, then by chance.
    const victim = VICTIMS[cycle - 1] ?? random.of([...VICTIMS, 'product', 'engine'] as const);
    if (!load.running) load.start(done.product.otlpUrl);
    await pause(random.between(options.before.least, options.before.most));
    await options.also?.(done.product);
    const began = performance.now();
    if (victim === 'engine') await killEngine(done.product);
    else await killProduct(start, done, load, victim === 'both' ? random.below(BETWEEN_KILLS_MS) : undefined);
    const ms = performance.now() - began;
    done.ready.push({ victim, ms });
    progress(`cycle ${cycle}: killed ${victim}, ready in ${Math.round(ms)} ms`);
  }
  await load.stop();
  return done;
}

/** The supervisor must bring it back; the main process goes on acknowledging. */
async function killEngine(product: Product): Promise<void> {
  const pid = enginePidOf(product);
  const engine = product.engine();
  process.kill(pid, 'SIGKILL');
  await waitUntil('the engine has ended', GONE_WITHIN_MS, async () => !isAlive(pid), 5);
  await waitUntil('the engine answers again', BACK_WITHIN_MS, () => engine.ping(1_000), 25);
  await engine.close();
}

/** @param engineFirstMs given: the engine is killed as well, this long before */
async function killProduct(
  start: () => Promise<Product>,
  done: Cycles,
  load: Load,
  engineFirstMs?: number,
): Promise<void> {
  const old = done.product;
  const engines = [enginePidOf(old)];
  if (engineFirstMs !== undefined) {
    process.kill(engines[0]!, 'SIGKILL');
    await pause(engineFirstMs);
    engines.push(old.enginePid() ?? engines[0]!);
  }
  old.kill();
  await Promise.all([old.ended, load.stop()]);
  // At once, as systemd would: what is left of the old engine is the product's to deal with.
  done.product = await startAgain(start, done.failedStarts);
  for (const pid of engines)
    await waitUntil(`the old engine ${pid} has ended`, GONE_WITHIN_MS, async () => !isAlive(pid), 50);
}

async function startAgain(start: () => Promise<Product>, failed: string[]): Promise<Product> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (thrown) {
      failed.push(messageOf(thrown));
      progress(messageOf(thrown).trim());
      if (attempt === START_TRIES) throw thrown;
      await pause(START_PAUSE_MS);
    }
  }
}

/** Nothing to kill means that it has just ended by itself, and that would be a finding. */
function enginePidOf(product: Product): number {
  const pid = product.enginePid();
  if (pid === undefined) throw new Error(`The product has no engine process. It wrote:\n${product.output()}`);
  return pid;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
