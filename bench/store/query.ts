import { refreshEdges } from '../../store/edges.ts';
import { refreshPeers } from '../../store/peers.ts';
import { schemaHash } from '../../store/schema/apply.ts';
import { type Command, countFlag } from '../harness/command.ts';
import { percentile, rounded } from '../harness/percentile.ts';
import { progress, type Report, thousands } from '../harness/report.ts';
import { type Scratch, withScratch } from '../harness/scratch.ts';
import { mergesSettled } from '../harness/settle.ts';
import { fill, openEngine } from './fill.ts';
import { type Question, questions } from './questions.ts';

const ROWS = { full: 10_000_000, quick: 131_072 };
const RUNS = { full: 60, quick: 10 };
const MINUTE_MS = 60_000;
/** What the spans are spread over, and every question is asked about all of it. */
const HOURS = { full: 2, quick: 0.25 };

/** `bench -- query` of goals.md: the product's own query functions over many spans. */
export const query: Command = {
  summary: 'p95 of the questions pages ask, over many spans',
  options: { rows: { type: 'string' }, seed: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    `--rows N          so many spans (default ${thousands(ROWS.full)}), over ${HOURS.full} hours`,
    '--seed N          another workload (default 1)',
    '--quick           a small amount, under 20 s',
  ],
  run: async (flags) => {
    const size = flags.quick ? 'quick' : 'full';
    const rows = countFlag(flags, 'rows', ROWS[size]);
    const seed = countFlag(flags, 'seed', 1);
    return withScratch(async (scratch) =>
      measure(scratch, { rows, seed, hours: HOURS[size], runs: RUNS[size] }),
    );
  },
};

interface Plan {
  rows: number;
  seed: number;
  hours: number;
  /** How often each question is asked. */
  runs: number;
}

async function measure(scratch: Scratch, { rows, seed, hours, runs }: Plan): Promise<Report> {
  const engine = await openEngine(scratch);
  const to = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const range = { from: to - hours * 60 * MINUTE_MS, to };
  progress(`storing ${thousands(rows)} spans`);
  await fill(engine, scratch, { signal: 'traces', seed, items: rows, ...range });
  progress('reading the edges between services');
  await refreshEdges(engine, 0);
  await refreshPeers(engine, 0);
  progress('waiting until merges have settled');
  const settled = await mergesSettled(engine);
  const asked = await questions(engine, range, runs);
  const times = await ask(asked, runs);
  const [stored] = await engine.query<{ rows: number }>('SELECT count() AS rows FROM otel_traces');
  await engine.close();
  return report(stored!.rows, asked, times, settled);
}

/** In turns, so that a noise of the machine falls on all alike. @returns milliseconds by question */
async function ask(asked: readonly Question[], runs: number): Promise<number[][]> {
  const times: number[][] = asked.map(() => []);
  for (const { ask } of asked) await ask(0);
  for (let run = 0; run < runs; run++)
    for (const [i, question] of asked.entries()) {
      const began = performance.now();
      await question.ask(run);
      times[i]!.push(performance.now() - began);
    }
  return times;
}

function report(rows: number, asked: readonly Question[], times: number[][], settled: boolean): Report {
  const p95 = times.map((ms) => percentile(ms, 0.95));
  const line = (i: number) =>
    `p50 ${percentile(times[i]!, 0.5).toFixed(1)} ms, p95 ${p95[i]!.toFixed(1)} ms${asked[i]!.goalMs ? ` (goal ${asked[i]!.goalMs})` : ''}`;
  const fields = asked.map(({ field }, i) => [`${field}_p95_ms`, rounded(p95[i]!, 1)] as const);
  return {
    title: `Questions over ${thousands(rows)} spans`,
    rows: [
      ...asked.map(({ label }, i) => [label, line(i)] as const),
      ['merges', settled ? 'settled' : 'NOT settled'],
    ],
    result: { rows, ...Object.fromEntries(fields), schema_hash: schemaHash() },
    broken: [],
  };
}
