import { join } from 'node:path';
import { isAlive } from '../../bench/harness/processes.ts';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { progress } from '../../bench/harness/report.ts';
import type { Scratch } from '../../bench/harness/scratch.ts';
import { waitUntil } from '../../bench/harness/settle.ts';
import { Random } from '../../bench/workload/random.ts';
import type { Load } from './load.ts';

/** What SIGKILL is sent to: the product's main process, its engine's process, or one shortly after the other. */
export const VICTIMS = ['product', 'engine', 'both'] as const;
export type Victim = (typeof VICTIMS)[number];

export interface CyclesOptions {
  cycles: number;
  seed: number;
  /** The load runs for so long before the kill, milliseconds. */
  before: { least: number; most: number };
}

export interface Cycles {
  /** The product as the last cycle left it, running. */
  product: Product;
  /** Milliseconds from spawning to ready (product, both) or from the kill to the first answer (engine). */
  ready: { victim: Victim; ms: number }[];
}

const BACK_WITHIN_MS = 60_000;
const GONE_WITHIN_MS = 10_000;
/** Between the two kills of `both`: anything from at once to the middle of the engine's restart. */
const BETWEEN_KILLS_MS = 400;

/** Kills and restarts the product on one data folder, with the load running whenever it is up. */
export async function runCycles(scratch: Scratch, load: Load, options: CyclesOptions): Promise<Cycles> {
  const random = new Random(options.seed);
  const ready: Cycles['ready'] = [];
  let product = await startTracked(scratch);
  for (let cycle = 1; cycle <= options.cycles; cycle++) {
    // Each kind comes early, then by chance.
    const victim = VICTIMS[cycle - 1] ?? random.of([...VICTIMS, 'product', 'engine'] as const);
    if (!load.running) load.start(product.otlpUrl);
    await pause(random.between(options.before.least, options.before.most));
    const began = performance.now();
    if (victim === 'engine') await killEngine(product);
    else product = await killProduct(scratch, product, load, victim === 'both' ? random : undefined);
    const ms = victim === 'engine' ? performance.now() - began : product.readyMs;
    ready.push({ victim, ms });
    progress(`cycle ${cycle}/${options.cycles}: killed ${victim}, ready in ${Math.round(ms)} ms`);
  }
  await load.stop();
  return { product, ready };
}

async function startTracked(scratch: Scratch): Promise<Product> {
  const product = await startProduct({ dataDir: join(scratch.folder, 'data') });
  scratch.atEnd(product.kill);
  return product;
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

/** @param engineFirst given: the engine is killed as well, a random time before */
async function killProduct(
  scratch: Scratch,
  product: Product,
  load: Load,
  engineFirst: Random | undefined,
): Promise<Product> {
  const enginePid = enginePidOf(product);
  if (engineFirst) {
    process.kill(enginePid, 'SIGKILL');
    await pause(engineFirst.below(BETWEEN_KILLS_MS));
  }
  const engines = [enginePid, product.enginePid()];
  product.kill();
  await Promise.all([product.ended, load.stop()]);
  // At once, as systemd would: what is left of the old engine is the product's to deal with.
  const next = await startTracked(scratch);
  for (const pid of engines)
    if (pid !== undefined && isAlive(pid)) throw new Error(`Engine process ${pid} outlived its product.`);
  return next;
}

/** Nothing to kill means that it has just ended by itself, and that would be a finding. */
function enginePidOf(product: Product): number {
  const pid = product.enginePid();
  if (pid === undefined) throw new Error(`The product has no engine process. It wrote:\n${product.output()}`);
  return pid;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
