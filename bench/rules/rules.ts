import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { createLog } from '../../base/log.ts';
import type { TickOutcome } from '../../model/evaluation.ts';
import type { RuleSet } from '../../model/rule.ts';
import type { SignalSource } from '../../model/signal.ts';
import { createIncidents } from '../../rules/incidents/incidents.ts';
import { createRun } from '../../rules/run/run.ts';
import { signalsOf } from '../../rules/run/schedule.ts';
import type { Engine } from '../../store/engine.ts';
import { writeRuleHistory } from '../../store/queries/rules.ts';
import { createSignalSource } from '../../store/signals/source.ts';
import { openState } from '../../store/state/open.ts';
import { type Command, countFlag } from '../harness/command.ts';
import { percentile, rounded } from '../harness/percentile.ts';
import { cpuSecondsOf } from '../harness/processes.ts';
import { progress, type Report, thousands } from '../harness/report.ts';
import { type Scratch, withScratch } from '../harness/scratch.ts';
import { ITEMS_PER_REQUEST, sourceOf, writeSegment } from '../ingest/prepare.ts';
import { openEngine } from '../store/fill.ts';
import { EVERY_MS, fillTables, ruleSet, SERVICES } from './population.ts';

const RULES = { full: 10_000, quick: 1_000 };
/** Of a service. */
const OPERATIONS = { full: 10, quick: 1 };
const TICKS = { full: 50, quick: 12 };
/** The first writes all states, the next asks for what is asked for now and then. */
const WARM_UP = 3;
/** First some without ingest, whose CPU is that of the rules alone; figures of time are then of the others. */
const QUIET = 5;
/** A busy machine measures fewer ticks. */
const LONGEST_MS = { full: 25_000, quick: 6_000 };
const SPANS_PER_S = 10_000;
const ALONE = 20;
const GOAL_P99_MS = 250;

/** `bench -- rules` of goals.md: what a tick takes, from reading to the commit. */
export const rules: Command = {
  summary:
    'time of a tick with many rules: reading, evaluation, incidents and commit, while spans are stored',
  options: { rules: { type: 'string' }, ticks: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    `--rules N     so many (default ${thousands(RULES.full)}) of all kinds, over ${thousands(SERVICES * OPERATIONS.full)} series`,
    `--ticks N     so many are measured (default ${TICKS.full}), or as many as ${LONGEST_MS.full / 1_000} s allow`,
    '--quick       a small number, under 20 s',
    `Meanwhile ${thousands(SPANS_PER_S)} spans a second are inserted as the drain does it.`,
  ],
  run: async (flags) => {
    const size = flags.quick ? 'quick' : 'full';
    const count = countFlag(flags, 'rules', RULES[size]);
    const ticks = countFlag(flags, 'ticks', TICKS[size]);
    return withScratch(async (scratch) => {
      const engine = await openEngine(scratch);
      const series = SERVICES * OPERATIONS[size];
      const set = ruleSet(count, series);
      const from = Math.floor(Date.now() / EVERY_MS) * EVERY_MS - 1_200_000;
      const rows = await fillTables(engine, series, from, from + (WARM_UP + QUIET + ticks + 1) * EVERY_MS);
      progress(`${thousands(rows)} rows stored; ${thousands(set.rules.length)} rules`);
      let ingest: ReturnType<typeof startIngest> | undefined;
      const measured = await measure(scratch, engine, set, {
        ...{ from, ticks, longest: LONGEST_MS[size] },
        warm: () => {
          ingest = startIngest(engine, scratch);
        },
      });
      const inserted = (await ingest?.stop()) ?? 0;
      const alone = await oneByOne(createSignalSource(engine, systemClock), set, from);
      await engine.close();
      return report(set, series, measured, inserted, alone);
    });
  },
};

interface Measured {
  ms: number[];
  readMs: number[];
  /** Of a tick without ingest, the engine's part included. */
  cpuMs: number;
  transitions: number;
  errors: number;
}

/** The loop, the incidents and the state of the product, on a clock that jumps from tick to tick. */
async function measure(
  scratch: Scratch,
  engine: Engine,
  set: RuleSet,
  { from, ticks, longest, warm }: { from: number; ticks: number; longest: number; warm: () => void },
): Promise<Measured> {
  const at = { now: from };
  const clock = { now: () => at.now };
  const state = openState(join(scratch.folder, 'state'));
  const evidence = async () => ({ series: [], traces: [], logs: [], missing: [] });
  const incidents = createIncidents({ state, set: () => set, clock, evidence });
  const measured: Measured = { ms: [], readMs: [], cpuMs: 0, transitions: 0, errors: 0 };
  let position: number | null = from;
  let readMs = 0;
  let isMeasured = false;
  let history = Promise.resolve();
  const apply = (outcome: TickOutcome) => {
    incidents.apply(outcome);
    if (!isMeasured) return;
    measured.transitions += outcome.transitions.length;
    measured.errors += outcome.errors.length;
  };
  const run = createRun({
    rules: () => set.rules,
    source: timed(createSignalSource(engine, systemClock), (ms) => {
      readMs = ms;
    }),
    states: [],
    apply,
    position: {
      read: () => position,
      write: (due) => {
        position = due;
        state.flags.set('rules.position', String(due));
      },
    },
    history: {
      write: ({ evaluations, transitions }) => {
        history = history.then(() => writeRuleHistory(engine, evaluations, transitions));
      },
    },
    waitingSince: () => null,
    clock,
    monotonic: () => at.now,
    log: createLog('warn'),
  });
  const tick = async (): Promise<number> => {
    at.now += EVERY_MS;
    const began = performance.now();
    await run.turn();
    const took = performance.now() - began;
    // Ticks are seconds apart: what a tick leaves to be done is done before the next.
    await Promise.all([history, incidents.collected()]);
    return took;
  };
  for (let n = 0; n < WARM_UP; n++) await tick();
  const before = cpuSecondsOf(process.pid);
  for (let n = 0; n < QUIET; n++) await tick();
  measured.cpuMs = (1_000 * (cpuSecondsOf(process.pid) - before)) / QUIET;
  warm();
  progress(`warm; measuring ${ticks} ticks`);
  isMeasured = true;
  const until = performance.now() + longest;
  for (let n = 0; n < ticks && performance.now() < until; n++) {
    measured.ms.push(await tick());
    measured.readMs.push(readMs);
  }
  await incidents.stop();
  state.close();
  return measured;
}

function timed(source: SignalSource, took: (ms: number) => void): SignalSource {
  return {
    read: async (signals, t) => {
      const began = performance.now();
      const readings = await source.read(signals, t);
      took(performance.now() - began);
      return readings;
    },
  };
}

/** Inserts segments as the drain would, one a second. */
function startIngest(engine: Engine, scratch: Scratch): { stop: () => Promise<number> } {
  const folder = join(scratch.folder, 'segments');
  mkdirSync(folder, { recursive: true });
  const source = sourceOf({ signal: 'traces', seed: 1, itemsPerSecond: SPANS_PER_S }, Date.now() - 600_000);
  let isStopped = false;
  let inserted = 0;
  const loop = (async () => {
    for (let n = 0; !isStopped; n++) {
      const began = performance.now();
      const bodies = Array.from(
        { length: Math.ceil(SPANS_PER_S / ITEMS_PER_REQUEST) },
        () => source.next().value.body,
      );
      const segment = writeSegment(folder, `ingest-${n}`, 'traces', bodies);
      inserted += await engine.insertSegment(segment);
      rmSync(segment.path);
      const left = 1_000 - (performance.now() - began);
      if (left > 0 && !isStopped) await new Promise((resolve) => setTimeout(resolve, left));
    }
  })();
  return {
    stop: async () => {
      isStopped = true;
      await loop;
      return inserted;
    },
  };
}

/** What it would take to ask for each rule by itself, from a sample of them; milliseconds for all. */
async function oneByOne(source: SignalSource, set: RuleSet, t: number): Promise<number> {
  const step = Math.max(1, Math.floor(set.rules.length / ALONE));
  const sample = set.rules.filter((_, i) => i % step === 0);
  const began = performance.now();
  for (const rule of sample) await source.read(signalsOf([rule]), t);
  return ((performance.now() - began) / sample.length) * set.rules.length;
}

function report(
  set: RuleSet,
  series: number,
  { ms, readMs, cpuMs, transitions, errors }: Measured,
  inserted: number,
  alone: number,
): Report {
  const [p50, p99] = [percentile(ms, 0.5), percentile(ms, 0.99)];
  const perTick = transitions / ms.length;
  return {
    title: `${thousands(set.rules.length)} rules over ${thousands(series)} series, ${ms.length} ticks`,
    rows: [
      ['tick', `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms (goal ${GOAL_P99_MS} for 10,000)`],
      [
        'of it reading',
        `p50 ${percentile(readMs, 0.5).toFixed(0)} ms, p99 ${percentile(readMs, 0.99).toFixed(0)} ms`,
      ],
      ['CPU of a tick', `${cpuMs.toFixed(0)} ms of all processes, its history included, without ingest`],
      [
        'transitions',
        `${perTick.toFixed(1)} a tick (${((100 * perTick) / set.rules.length).toFixed(1)} %), committed`,
      ],
      ['meanwhile', `${thousands(inserted)} spans inserted`],
      ['one query a rule', `${thousands(alone)} ms for all, from a sample of ${ALONE}`],
    ],
    result: {
      rules: set.rules.length,
      series,
      ticks: ms.length,
      transitions_per_tick: rounded(perTick, 1),
      tick_p50_ms: rounded(p50),
      tick_p99_ms: rounded(p99),
      tick_cpu_ms: rounded(cpuMs),
      one_query_per_rule_ms: rounded(alone),
    },
    broken: errors === 0 ? [] : [`${errors} evaluations failed`],
  };
}
