import type { Signal } from '../../model/otlp.ts';
import { schemaHash } from '../../store/schema/apply.ts';
import { type Command, countFlag, type Flags, UsageError } from '../harness/command.ts';
import { percentile, rounded } from '../harness/percentile.ts';
import { progress, type Report, thousands } from '../harness/report.ts';
import { withScratch } from '../harness/scratch.ts';
import { type EngineLimit, measureEngineLimit } from './limit.ts';
import { type IngestRun, measureProduct } from './measure.ts';
import { ITEMS_PER_REQUEST, prepare } from './prepare.ts';

interface Plan {
  signal: Signal;
  items: number;
  seed: number;
  /** Items per second; undefined: as fast as the product takes them. */
  rate: number | undefined;
}

const NOUNS: Record<Signal, string> = { traces: 'spans', metrics: 'data points', logs: 'log records' };
/** Items per CPU-second. */
const GOALS: Record<Signal, number> = { traces: 200_000, metrics: 400_000, logs: 250_000 };
const ITEMS = { full: 1_048_576, quick: 131_072 };
const SECONDS = { full: 15, quick: 4 };
/** What is sent at full speed bears times as if it had come at this rate. */
const USUAL_RATE = 20_000;

/** `bench -- ingest` of goals.md: what the whole product needs for an item, beside what the engine alone needs. */
export const ingest: Command = {
  summary: 'items per CPU-second through the whole product, and latency of the answers',
  options: {
    signal: { type: 'string' },
    rate: { type: 'string' },
    seconds: { type: 'string' },
    items: { type: 'string' },
    seed: { type: 'string' },
    quick: { type: 'boolean' },
  },
  help: [
    '--signal NAME     traces (default), metrics or logs',
    '--rate N          N items a second on a fixed grid; without it as fast as the product takes them',
    `--seconds N       with --rate: for so long (default ${SECONDS.full})`,
    `--items N         without --rate: so many (default ${thousands(ITEMS.full)})`,
    '--seed N          another workload (default 1)',
    '--quick           a small amount, under 20 s',
  ],
  run: async (flags) => {
    const plan = planOf(flags);
    return withScratch(async (scratch) => {
      progress(`preparing ${thousands(plan.items)} ${NOUNS[plan.signal]}`);
      const requests = prepare({ ...plan, itemsPerSecond: plan.rate ?? USUAL_RATE });
      const run = await measureProduct(scratch, plan.signal, requests, plan.rate);
      progress('measuring the engine alone with the same segments');
      const limit = await measureEngineLimit(scratch, plan.signal, requests, run.segments);
      return report(plan, run, limit);
    });
  },
};

function planOf(flags: Flags): Plan {
  const signal = (flags.signal ?? 'traces') as Signal;
  if (!Object.hasOwn(NOUNS, signal))
    throw new UsageError(`--signal ${signal}: it is traces, metrics or logs.`);
  if (flags.seconds !== undefined && flags.rate === undefined)
    throw new UsageError('--seconds needs --rate; without a rate --items says how much is sent.');
  if (flags.items !== undefined && flags.rate !== undefined)
    throw new UsageError('--items does not go with --rate; --seconds says how long is sent.');
  const size = flags.quick ? 'quick' : 'full';
  const rate = flags.rate === undefined ? undefined : countFlag(flags, 'rate', USUAL_RATE);
  const wanted = rate
    ? rate * countFlag(flags, 'seconds', SECONDS[size])
    : countFlag(flags, 'items', ITEMS[size]);
  const items = Math.ceil(wanted / ITEMS_PER_REQUEST) * ITEMS_PER_REQUEST;
  return { signal, items, rate, seed: countFlag(flags, 'seed', 1) };
}

function report({ signal, items, rate }: Plan, run: IngestRun, limit: EngineLimit): Report {
  const taken = run.answers.filter(({ status }) => status === 200).map(({ ms }) => ms);
  const perCpu = items / run.cpuSeconds.all;
  const limitPerCpu = limit.items / limit.cpuSeconds;
  const [p50, p99] = [percentile(taken, 0.5), percentile(taken, 0.99)];
  const pace = rate === undefined ? 'as fast as it takes them' : `${thousands(rate)} a second`;
  const enginePercent = Math.round((100 * run.cpuSeconds.engine) / run.cpuSeconds.all);
  return {
    title: `Ingest of ${thousands(items)} ${NOUNS[signal]}, ${pace}, gzip, ${ITEMS_PER_REQUEST} a request`,
    rows: [
      ['stored', `${thousands(run.stored)} of ${thousands(items)}`],
      ['per CPU-second', `${thousands(perCpu)} (goal ${thousands(GOALS[signal])})`],
      ['engine alone', `${thousands(limitPerCpu)}, same ${run.segments.length} segments`],
      ['share of limit', `${(perCpu / limitPerCpu).toFixed(2)} (goal 0.6)`],
      ['CPU', `${run.cpuSeconds.all.toFixed(1)} s, ${enginePercent} % of it in the engine`],
      ['until stored', `${run.wallSeconds.toFixed(1)} s, ${thousands(items / run.wallSeconds)} a second`],
      [
        'acknowledged',
        `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms${rate ? ' (goal 100 at 20,000/s)' : ''}`,
      ],
      ['merges', `${settledText(run, limit)}, ${(run.merged / items).toFixed(2)} rows merged for each span`],
    ],
    result: {
      signal,
      items_sent: items,
      items_stored: run.stored,
      items_per_cpu_s: rounded(perCpu),
      engine_limit_items_per_cpu_s: rounded(limitPerCpu),
      of_limit: rounded(perCpu / limitPerCpu, 2),
      acked_p50_ms: rounded(p50, 1),
      acked_p99_ms: rounded(p99, 1),
      schema_hash: schemaHash(),
    },
    broken: brokenPromises(items, run, limit),
  };
}

function settledText(run: IngestRun, limit: EngineLimit): string {
  return run.settled && limit.settled ? 'settled' : 'NOT settled: the figures are too good';
}

function brokenPromises(items: number, run: IngestRun, limit: EngineLimit): string[] {
  const broken: string[] = [];
  const refused = run.answers.filter(({ status }) => status !== 200);
  if (refused.length > 0)
    broken.push(`${refused.length} requests were not taken, the first with status ${refused[0]!.status}`);
  if (run.stored !== items) broken.push(`${run.stored} items are stored, ${items} were sent`);
  if (limit.items !== run.stored)
    broken.push(`the engine alone stored ${limit.items} of ${run.stored} items`);
  if (!run.cleanExit) broken.push('the product did not stop cleanly on SIGTERM');
  return broken;
}
