import type { Product } from '../../bench/harness/product.ts';
import { progress } from '../../bench/harness/report.ts';
import { waitUntil } from '../../bench/harness/settle.ts';
import type { Engine } from '../../store/engine.ts';
import type { Load } from './load.ts';
import { countSpans, judge, storedBatches, type Verdict } from './verify.ts';

/** What is left when a drill is over: the same questions for every fault. */
export interface Findings extends Verdict {
  /** Spans in the base table and in the rollup. */
  spans: number;
  rollup: number;
  setAside: number;
  cleanExit: boolean;
}

const DRAINED_WITHIN_MS = 120_000;

/** Waits until the store has what the journal had. @throws Error when it does not come to that by itself */
export async function drained(product: Product): Promise<void> {
  progress('waiting until the journal is drained');
  await waitUntil('the journal is drained', DRAINED_WITHIN_MS, async () => {
    const { journal, store } = await product.status();
    return journal.bytes === 0 && store.state === 'ok';
  });
}

/**
 * Waits until the journal is drained, asks the store, and stops the product.
 * @param engine closed afterwards; default: the product's own
 */
export async function settle(
  load: Load,
  product: Product,
  engine: Engine = product.engine(),
): Promise<Findings> {
  await drained(product);
  const { setAside } = (await product.status()).journal;
  const verdict = judge(load.acked, await storedBatches(engine, load.sent), load.spansPerRequest);
  const counts = await countSpans(engine);
  await engine.close();
  const cleanExit = (await product.stop()) === 0;
  return { ...verdict, ...counts, setAside, cleanExit };
}

/** A sentence for each promise that holds whatever the fault was. */
export function brokenIn(found: Findings): string[] {
  const broken: string[] = [];
  if (found.lost !== 0) broken.push(`${found.lost} acknowledged spans are not stored`);
  if (found.duplicated !== 0) broken.push(`${found.duplicated} spans are stored more than once`);
  if (found.torn !== 0) broken.push(`${found.torn} requests are stored in part`);
  if (found.rollup !== found.spans) broken.push(`the rollup counts ${found.rollup} of ${found.spans} spans`);
  if (found.setAside !== 0) broken.push(`${found.setAside} segments were set aside`);
  if (found.acked === 0) broken.push('nothing was acknowledged, so nothing was tested');
  if (!found.cleanExit) broken.push('the product did not stop cleanly on SIGTERM');
  return broken;
}
