import { type Command, countFlag } from '../../bench/harness/command.ts';
import { percentile, rounded } from '../../bench/harness/percentile.ts';
import { progress, type Report, thousands } from '../../bench/harness/report.ts';
import { withScratch } from '../../bench/harness/scratch.ts';
import { waitUntil } from '../../bench/harness/settle.ts';
import { type Cycles, runCycles, VICTIMS } from './cycles.ts';
import { Load } from './load.ts';
import { countSpans, judge, storedBatches, type Verdict } from './verify.ts';

const CYCLES = { full: 20, quick: 3 };
const BEFORE_KILL_MS = { full: { least: 50, most: 4_000 }, quick: { least: 50, most: 1_500 } };
const SPANS_PER_REQUEST = 512;
const RATE = 20_000;
const DRAINED_WITHIN_MS = 120_000;

/** `drill -- kill` of goals.md: what was acknowledged is stored exactly once, whatever is killed. */
export const kill: Command = {
  summary: 'SIGKILL to product and engine under load: nothing acknowledged is lost, nothing is stored twice',
  options: {
    cycles: { type: 'string' },
    rate: { type: 'string' },
    seed: { type: 'string' },
    quick: { type: 'boolean' },
  },
  help: [
    `--cycles N   kills (default ${CYCLES.full})`,
    `--rate N     spans a second (default ${thousands(RATE)})`,
    '--seed N     another workload, other times and victims (default: from the clock, printed)',
    `--quick      ${CYCLES.quick} kills, under 20 s`,
  ],
  run: async (flags) => {
    const size = flags.quick ? 'quick' : 'full';
    const seed = countFlag(flags, 'seed', (Date.now() % 1_000_000) + 1);
    const cycles = countFlag(flags, 'cycles', CYCLES[size]);
    progress(`${cycles} cycles, --seed ${seed}`);
    const load = new Load({ seed, rate: countFlag(flags, 'rate', RATE), spansPerRequest: SPANS_PER_REQUEST });
    return withScratch(async (scratch) => {
      const done = await runCycles(scratch, load, { cycles, seed, before: BEFORE_KILL_MS[size] });
      return report(load, done, await verify(load, done), seed);
    });
  },
};

interface Findings extends Verdict {
  failedStarts: number;
  /** Spans in the base table and in the rollup. */
  spans: number;
  rollup: number;
  setAside: number;
  cleanExit: boolean;
}

/** Waits until the journal is drained, asks the store, and stops the product. */
async function verify(load: Load, { product, failedStarts }: Cycles): Promise<Findings> {
  progress('waiting until the journal is drained');
  await waitUntil('the journal is drained', DRAINED_WITHIN_MS, async () => {
    const { journal, store } = await product.status();
    return journal.bytes === 0 && store.state === 'ok';
  });
  const { setAside } = (await product.status()).journal;
  const engine = product.engine();
  const verdict = judge(load.acked, await storedBatches(engine, load.sent), SPANS_PER_REQUEST);
  const counts = await countSpans(engine);
  await engine.close();
  const cleanExit = (await product.stop()) === 0;
  return { ...verdict, ...counts, setAside, cleanExit, failedStarts: failedStarts.length };
}

function report(load: Load, { ready }: Cycles, found: Findings, seed: number): Report {
  const p95 = percentile(
    ready.map(({ ms }) => ms),
    0.95,
  );
  const byVictim = VICTIMS.map((victim) => {
    const times = ready.filter((cycle) => cycle.victim === victim).map(({ ms }) => ms);
    return `${times.length} × ${victim} (p95 ${Math.round(percentile(times, 0.95))} ms)`;
  });
  const refused = [...load.refused].map(([status, count]) => `${count} × ${status}`).join(', ') || 'none';
  return {
    title: `${ready.length} kills under load, seed ${seed}`,
    rows: [
      ['acknowledged', `${thousands(found.acked)} spans`],
      ['lost', thousands(found.lost)],
      ['duplicated', thousands(found.duplicated)],
      ['stored unanswered', `${thousands(found.unanswered)} spans, which is fine`],
      ['refused requests', refused],
      ['rollup', `${thousands(found.rollup)} spans, base table ${thousands(found.spans)}`],
      ['killed', byVictim.join(', ')],
      ['ready again', `p95 ${Math.round(p95)} ms (goal 5,000)`],
    ],
    result: {
      cycles: ready.length,
      acked: found.acked,
      lost: found.lost,
      duplicated: found.duplicated,
      ready_p95_ms: rounded(p95),
    },
    broken: brokenPromises(found),
  };
}

function brokenPromises(found: Findings): string[] {
  const broken: string[] = [];
  if (found.lost !== 0) broken.push(`${found.lost} acknowledged spans are not stored`);
  if (found.duplicated !== 0) broken.push(`${found.duplicated} spans are stored more than once`);
  if (found.torn !== 0) broken.push(`${found.torn} requests are stored in part`);
  if (found.rollup !== found.spans) broken.push(`the rollup counts ${found.rollup} of ${found.spans} spans`);
  if (found.setAside !== 0) broken.push(`${found.setAside} segments were set aside`);
  if (found.failedStarts !== 0)
    broken.push(`the product did not start after a kill ${found.failedStarts} times; its words are above`);
  if (found.acked === 0) broken.push('nothing was acknowledged, so nothing was tested');
  if (!found.cleanExit) broken.push('the product did not stop cleanly on SIGTERM');
  return broken;
}
