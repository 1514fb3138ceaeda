import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, countFlag } from '../../bench/harness/command.ts';
import { peakRssMbOf, watchRss } from '../../bench/harness/memory.ts';
import { rounded } from '../../bench/harness/percentile.ts';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { progress, type Report, thousands } from '../../bench/harness/report.ts';
import { type Scratch, withScratch } from '../../bench/harness/scratch.ts';
import { createSender } from '../../bench/harness/sender.ts';
import { ITEMS_PER_REQUEST, prepare } from '../../bench/ingest/prepare.ts';
import { drained } from '../harness/findings.ts';
import { storedBatches } from '../harness/verify.ts';
import { disagreements, type Sent, TIMES, together } from './sent.ts';

const SECONDS = { full: 30, quick: 5 };
const SENDERS = 2;
const BODIES = 64;
/** Small, so that the limit is reached within a second or two. */
const LIMITS = ['--journal-budget', '64MiB', '--max-body', '8MiB'];
const SENDER = fileURLToPath(new URL('./sender.ts', import.meta.url));

/** `drill -- overload` of goals.md: five times what it can take, and it says so, keeps what it took, and recovers. */
export const overload: Command = {
  summary: 'five times what it can take: refused by 503 with Retry-After, memory bounded, stored = accepted',
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    `--seconds N   how long (default ${SECONDS.full})`,
    '--seed N      another workload (default 1)',
    `--quick       ${SECONDS.quick} seconds, under 20 s in all`,
  ],
  run: async (flags) => {
    const seconds = countFlag(flags, 'seconds', SECONDS[flags.quick ? 'quick' : 'full']);
    const seed = countFlag(flags, 'seed', 1);
    return withScratch(async (scratch) => {
      const bodies = writeBodies(scratch, seed);
      const dataDir = join(scratch.folder, 'data');
      const product = await startProduct({ dataDir, args: LIMITS, atEnd: scratch.atEnd });
      const memory = watchRss(product.pid);
      progress(`sending for ${seconds} s`);
      const sent = await send(scratch, product, bodies, seconds);
      const recovered = await recovers(product, sent, seed);
      const peak = { allMb: memory.stop(), mainMb: peakRssMbOf(product.pid) };
      return report(sent, await look(product, sent), recovered, { seconds, ...peak });
    });
  },
};

/** Compressed beforehand: the senders share the machine with what they overload. */
function writeBodies(scratch: Scratch, seed: number): string {
  const folder = join(scratch.folder, 'bodies');
  mkdirSync(folder);
  const items = BODIES * ITEMS_PER_REQUEST;
  for (const { batch, gzip } of prepare({ signal: 'traces', seed, items, itemsPerSecond: 20_000 }))
    writeFileSync(join(folder, String(batch)), gzip);
  return folder;
}

async function send(scratch: Scratch, product: Product, bodies: string, seconds: number): Promise<Sent> {
  const senders = Array.from({ length: SENDERS }, () => fork(SENDER, [product.otlpUrl, bodies]));
  for (const sender of senders) scratch.atEnd(() => void sender.kill('SIGKILL'));
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  return together(await Promise.all(senders.map(result)));
}

function result(sender: ChildProcess): Promise<Sent> {
  return new Promise((resolve, reject) => {
    sender.once('message', (sent) => resolve(sent as Sent));
    sender.once('exit', (code, signal) => reject(new Error(`A sender ended with ${signal ?? code}.`)));
    sender.send('stop');
  });
}

/** The journal drains by itself and the next request is taken; it counts like the others. */
async function recovers(product: Product, sent: Sent, seed: number): Promise<boolean> {
  await drained(product);
  const [prepared] = prepare({ signal: 'traces', seed, items: ITEMS_PER_REQUEST, itemsPerSecond: 20_000 });
  const sender = createSender(product.otlpUrl);
  const { status, batch } = await sender.send(prepared!);
  sender.close();
  sent.offered += 1;
  if (status !== 200) return false;
  sent.accepted[batch] = (sent.accepted[batch] ?? 0) + 1;
  await drained(product);
  return true;
}

interface Stored {
  spans: number;
  /** Bodies of which another number is stored than was accepted. */
  wrong: number;
  setAside: number;
  cleanExit: boolean;
}

async function look(product: Product, sent: Sent): Promise<Stored> {
  const engine = product.engine();
  const rows = await storedBatches(engine, BODIES);
  await engine.close();
  const stored = new Map(rows.map((row) => [row.batch, row.stored]));
  const { setAside } = (await product.status()).journal;
  return {
    spans: rows.reduce((sum, row) => sum + row.stored, 0),
    wrong: disagreements(sent.accepted, stored, ITEMS_PER_REQUEST).length,
    setAside,
    cleanExit: (await product.stop()) === 0,
  };
}

interface Figures {
  seconds: number;
  allMb: number;
  mainMb: number;
}

function report(sent: Sent, stored: Stored, recovered: boolean, figures: Figures): Report {
  const taken = Object.values(sent.accepted).reduce((sum, count) => sum + count, 0);
  const [offered, accepted] = [sent.offered * ITEMS_PER_REQUEST, taken * ITEMS_PER_REQUEST];
  return {
    title: `Overload for ${figures.seconds} s from ${SENDERS} processes`,
    rows: [
      [
        'offered',
        `${thousands(offered)} spans, ${(offered / accepted).toFixed(1)} × what was taken (${TIMES} wanted)`,
      ],
      ['accepted', `${thousands(accepted)} spans`],
      ['stored', thousands(stored.spans)],
      ['refused', `${thousands(sent.refused)} requests with 503, ${sent.unanswered} without an answer`],
      [
        'peak memory',
        `${Math.round(figures.allMb)} MiB resident, ${Math.round(figures.mainMb)} without the engine`,
      ],
      ['recovered', recovered ? 'yes' : 'no'],
    ],
    result: {
      offered,
      accepted,
      stored: stored.spans,
      peak_rss_mb: rounded(figures.allMb),
      recovered,
    },
    broken: brokenPromises(sent, stored, accepted, recovered),
  };
}

function brokenPromises(sent: Sent, stored: Stored, accepted: number, recovered: boolean): string[] {
  const broken: string[] = [];
  if (stored.spans !== accepted) broken.push(`${stored.spans} spans are stored, ${accepted} were accepted`);
  if (stored.wrong > 0) broken.push(`${stored.wrong} bodies are stored more or less often than accepted`);
  if (stored.setAside > 0) broken.push(`${stored.setAside} segments were set aside`);
  if (sent.refused === 0) broken.push('nothing was refused, so it was no overload');
  if (sent.withoutRetryAfter > 0) broken.push(`${sent.withoutRetryAfter} refusals without Retry-After`);
  if (sent.unanswered > 0) broken.push(`${sent.unanswered} requests got no answer`);
  for (const [status, count] of Object.entries(sent.wrong))
    broken.push(`${count} answers had status ${status}`);
  if (!recovered) broken.push('it did not take requests again afterwards');
  if (!stored.cleanExit) broken.push('the product did not stop cleanly on SIGTERM');
  return broken;
}
