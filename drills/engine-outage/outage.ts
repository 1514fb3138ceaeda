import { join } from 'node:path';
import { type Command, countFlag } from '../../bench/harness/command.ts';
import { peakRssMbOf } from '../../bench/harness/memory.ts';
import { rounded } from '../../bench/harness/percentile.ts';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { progress, type Report, thousands } from '../../bench/harness/report.ts';
import { withScratch } from '../../bench/harness/scratch.ts';
import { waitUntil } from '../../bench/harness/settle.ts';
import { brokenIn, type Findings, settle } from '../harness/findings.ts';
import { Load } from '../harness/load.ts';
import { type RemoteEngine, startRemoteEngine } from './server.ts';

const SECONDS = { full: 60, quick: 3 };
const STEADY_MS = { full: 5_000, quick: 1_000 };
const RATE = 20_000;
const SPANS_PER_REQUEST = 512;
/** In this order: `hang` first, so that an insert is under way when the answers stop; each for a third of the time. */
const CONDITIONS = ['hang', 'refuse', 'error'] as const;
const BACK_WITHIN_MS = 30_000;
const CAUGHT_UP_WITHIN_MS = 300_000;

/**
 * `drill -- engine-outage` of goals.md, in server mode: the product restarts an embedded engine within half a second,
 * so only a server can honestly be away for longer. It also leaves the product's own memory alone in its process.
 */
export const engineOutage: Command = {
  summary:
    'the ClickHouse server is away for a while under load: nothing is lost, the backlog drains by itself',
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    `--seconds N   how long it is away: a third hanging, a third refusing, a third answering 500 (default ${SECONDS.full})`,
    '--seed N      another workload (default 1)',
    `--quick       ${SECONDS.quick} seconds, under 20 s in all`,
  ],
  run: async (flags) => {
    const size = flags.quick ? 'quick' : 'full';
    const seconds = countFlag(flags, 'seconds', SECONDS[size]);
    const load = new Load({
      seed: countFlag(flags, 'seed', 1),
      rate: RATE,
      spansPerRequest: SPANS_PER_REQUEST,
    });
    return withScratch(async (scratch) => {
      const remote = await startRemoteEngine(scratch);
      const args = ['--clickhouse-url', remote.url];
      const product = await startProduct({
        dataDir: join(scratch.folder, 'data'),
        args,
        atEnd: scratch.atEnd,
      });
      load.start(product.otlpUrl);
      await pause(STEADY_MS[size]);
      const backlogBytes = await outage(product, remote, seconds);
      const drain = await catchUp(load, remote);
      await load.stop();
      const peakRssMb = peakRssMbOf(product.pid);
      const found = await settle(load, product, remote.engine);
      return report(load, found, { ...drain, seconds, backlogBytes, peakRssMb });
    });
  },
};

/** @returns bytes that wait in the journal at the end of it */
async function outage(product: Product, { proxy }: RemoteEngine, seconds: number): Promise<number> {
  for (const condition of CONDITIONS) {
    progress(`the server is away: ${condition}`);
    await proxy.become(condition);
    await pause((seconds * 1_000) / CONDITIONS.length);
  }
  const { bytes } = (await product.status()).journal;
  await proxy.become('up');
  return bytes;
}

interface Drained {
  /** From the server's return until the first waiting segment is stored: the drain's pause between two tries. */
  firstMs: number;
  /** From then until as much is stored as had been acknowledged at the return, with the load going on. */
  caughtUpMs: number;
  spansPerSecond: number;
}

async function catchUp(load: Load, { engine }: RemoteEngine): Promise<Drained> {
  const waiting = load.acked.size * SPANS_PER_REQUEST;
  const back = performance.now();
  const before = await stored(engine);
  progress('the server is back');
  await waitUntil('something is stored', BACK_WITHIN_MS, async () => (await stored(engine)) > before, 50);
  const first = performance.now();
  const atFirst = await stored(engine);
  await waitUntil(
    'the backlog is stored',
    CAUGHT_UP_WITHIN_MS,
    async () => (await stored(engine)) >= waiting,
    50,
  );
  const caughtUpMs = performance.now() - first;
  const spansPerSecond = ((await stored(engine)) - atFirst) / (caughtUpMs / 1_000);
  return { firstMs: first - back, caughtUpMs, spansPerSecond };
}

async function stored(engine: RemoteEngine['engine']): Promise<number> {
  const [row] = await engine.query<{ spans: number }>('SELECT count() AS spans FROM otel_traces');
  return row!.spans;
}

interface Figures extends Drained {
  seconds: number;
  backlogBytes: number;
  peakRssMb: number;
}

function report(load: Load, found: Findings, figures: Figures): Report {
  const refused = [...load.refused.values()].reduce((sum, count) => sum + count, load.unanswered);
  const rate = figures.spansPerSecond / RATE;
  return {
    title: `Engine away for ${figures.seconds} s at ${thousands(RATE)} spans a second`,
    rows: [
      ['acknowledged', `${thousands(found.acked)} spans`],
      ['refused requests', `${load.refusals}, ${load.unanswered} without an answer`],
      ['lost', thousands(found.lost)],
      ['duplicated', thousands(found.duplicated)],
      ['backlog', `${thousands(figures.backlogBytes / 2 ** 20)} MiB`],
      ['peak memory', `${Math.round(figures.peakRssMb)} MiB resident, the product's process (goal 512)`],
      ['first stored', `${thousands(figures.firstMs)} ms after the return`],
      ['caught up', `${thousands(figures.caughtUpMs)} ms later, the load going on`],
      ['drain rate', `${rate.toFixed(1)} × what arrives (goal 3)`],
    ],
    result: {
      acked: found.acked,
      lost: found.lost,
      duplicated: found.duplicated,
      peak_rss_mb: rounded(figures.peakRssMb),
      drain_rate_x: rounded(rate, 1),
    },
    broken: [...brokenIn(found), ...(refused > 0 ? [`${refused} requests were not taken`] : [])],
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
