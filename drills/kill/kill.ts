import { type Command, countFlag } from '../../bench/harness/command.ts';
import { percentile, rounded } from '../../bench/harness/percentile.ts';
import { progress, type Report, thousands } from '../../bench/harness/report.ts';
import { withScratch } from '../../bench/harness/scratch.ts';
import { brokenIn, type Findings, settle } from '../harness/findings.ts';
import { Load } from '../harness/load.ts';
import { type Cycles, runCycles, VICTIMS } from './cycles.ts';

const CYCLES = { full: 20, quick: 3 };
const BEFORE_KILL_MS = { full: { least: 50, most: 4_000 }, quick: { least: 50, most: 1_500 } };
const SPANS_PER_REQUEST = 512;
const RATE = 20_000;

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
      const done = await runCycles(scratch, load, {
        ...{ seed, before: BEFORE_KILL_MS[size] },
        goOn: (done) => done < cycles,
      });
      return report(load, done, await settle(load, done.product), seed);
    });
  },
};

function report(load: Load, cycles: Cycles, found: Findings, seed: number): Report {
  const { ready } = cycles;
  const p95 = percentile(
    ready.map(({ ms }) => ms),
    0.95,
  );
  const byVictim = VICTIMS.map((victim) => {
    const times = ready.filter((cycle) => cycle.victim === victim).map(({ ms }) => ms);
    return `${times.length} × ${victim} (p95 ${Math.round(percentile(times, 0.95))} ms)`;
  });
  return {
    title: `${ready.length} kills under load, seed ${seed}`,
    rows: [
      ['acknowledged', `${thousands(found.acked)} spans`],
      ['lost', thousands(found.lost)],
      ['duplicated', thousands(found.duplicated)],
      ['stored unanswered', `${thousands(found.unanswered)} spans, which is fine`],
      ['refused requests', load.refusals],
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
    broken: brokenPromises(found, cycles),
  };
}

function brokenPromises(found: Findings, { failedStarts }: Cycles): string[] {
  const broken = brokenIn(found);
  if (failedStarts.length !== 0)
    broken.push(`the product did not start after a kill ${failedStarts.length} times; its words are above`);
  return broken;
}
