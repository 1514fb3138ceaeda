import { join } from 'node:path';
import type { Signal } from '../../model/otlp.ts';
import type { Engine } from '../../store/engine.ts';
import { cpuSecondsOf } from '../harness/processes.ts';
import { type Product, startProduct } from '../harness/product.ts';
import { progress, thousands } from '../harness/report.ts';
import type { Scratch } from '../harness/scratch.ts';
import {
  type Answer,
  createSender,
  type Prepared,
  type Sender,
  sendAll,
  sendPaced,
} from '../harness/sender.ts';
import { mergedRows, mergesSettled, waitUntil } from '../harness/settle.ts';

/** What the whole product did with the workload. */
export interface IngestRun {
  answers: readonly Answer[];
  stored: number;
  /** Of all processes, from the first byte until merges had settled; `engine` is the engine's part of `all`. */
  cpuSeconds: { all: number; engine: number };
  /** From the first byte until everything could be queried. */
  wallSeconds: number;
  settled: boolean;
  /** Rows merged, in all tables. */
  merged: number;
  /** Items of each segment the product made, in order. */
  segments: readonly number[];
  cleanExit: boolean;
}

/** Requests under way at once when the pace is the product's own. */
const IN_FLIGHT = 16;
const STORED_WITHIN_MS = 120_000;

/**
 * Starts the product, sends everything, waits for the last merge and stops it.
 * @param signal what the requests are
 * @param rate items per second; undefined: as fast as the product takes them
 */
export async function measureProduct(
  scratch: Scratch,
  signal: Signal,
  requests: readonly Prepared[],
  rate: number | undefined,
): Promise<IngestRun> {
  const product = await startProduct({ dataDir: join(scratch.folder, 'product'), atEnd: scratch.atEnd });
  progress(
    `product ready in ${Math.round(product.readyMs)} ms; sending ${thousands(requests.length)} requests`,
  );
  const engine = product.engine();
  const sender = createSender(product.otlpUrl, signal);
  const run = await load(product, engine, sender, requests, rate);
  const counts = await stored(engine, signal);
  sender.close();
  await engine.close();
  const cleanExit = (await product.stop()) === 0;
  if (!cleanExit) process.stderr.write(product.output());
  return { ...run, ...counts, cleanExit };
}

async function load(
  product: Product,
  engine: Engine,
  sender: Sender,
  requests: readonly Prepared[],
  rate: number | undefined,
): Promise<Omit<IngestRun, 'stored' | 'segments' | 'cleanExit'>> {
  const enginePid = product.enginePid()!;
  const before = { all: cpuSecondsOf(product.pid), engine: cpuSecondsOf(enginePid) };
  const began = performance.now();
  const answers = await send(sender, requests, rate);
  progress('all answered; waiting until everything is stored');
  await waitUntil('the journal is drained', STORED_WITHIN_MS, async () => {
    return (await product.status()).journal.bytes === 0;
  });
  const wallSeconds = (performance.now() - began) / 1_000;
  progress('waiting until merges have settled');
  const settled = await mergesSettled(engine);
  if (product.enginePid() !== enginePid) throw new Error(`The engine was restarted.\n${product.output()}`);
  const cpuSeconds = {
    all: cpuSecondsOf(product.pid) - before.all,
    engine: cpuSecondsOf(enginePid) - before.engine,
  };
  const merged = await mergedRows(engine);
  return { answers, cpuSeconds, wallSeconds, settled, merged };
}

async function send(
  sender: Sender,
  requests: readonly Prepared[],
  rate: number | undefined,
): Promise<Answer[]> {
  if (rate === undefined) return sendAll(sender, requests, IN_FLIGHT);
  const answers: Answer[] = [];
  const everyMs = (requests[0]!.items * 1_000) / rate;
  await sendPaced(sender, requests, { everyMs, answered: (answer) => answers.push(answer) });
  return answers;
}

/** Tables of items by signal. */
const TABLES: Record<Signal, readonly string[]> = {
  traces: ['otel_traces'],
  metrics: ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'].map(
    (kind) => `otel_metrics_${kind}`,
  ),
  logs: ['otel_logs'],
};

async function stored(engine: Engine, signal: Signal): Promise<{ stored: number; segments: number[] }> {
  const counts = TABLES[signal].map((table) => `(SELECT count() FROM ${table})`);
  const [row] = await engine.query<{ items: number }>(`SELECT ${counts.join(' + ')} AS items`);
  const segments = await engine.query<{ items: number }>(
    'SELECT sum(Rows) AS items FROM ingest_log WHERE startsWith(Token, {signal:String}) GROUP BY Token ORDER BY Token',
    { signal },
  );
  return { stored: row!.items, segments: segments.map(({ items }) => items) };
}
