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
import { progress, type Report, thousands } from '../harness/report.ts';
import { type Scratch, withScratch } from '../harness/scratch.ts';
import { ITEMS_PER_REQUEST, sourceOf, writeSegment } from '../ingest/prepare.ts';
import { openEngine } from '../store/fill.ts';
import { EVERY_MS, fillTables, ruleSet, SERIES } from './population.ts';

const RULES = { full: 10_000, quick: 1_000 };
const TICKS = { full: 60, quick: 12 };
/** Flap detection remembers 21 states, and states are written while that fills. */
const WARM_UP = { full: 25, quick: 3 };
const SPANS_PER_S = 10_000;
const ALONE = 100;
const GOAL_P99_MS = 250;

/** `bench -- rules` of goals.md: what a tick takes, from reading to the commit. */
export const rules: Command = {
  summary:
    'time of a tick with many rules: reading, evaluation, incidents and commit, while spans are stored',
  options: { rules: { type: 'string' }, ticks: { type: 'string' }, quick: { type: 'boolean' } },
  help: [
    `--rules N     so many (default ${thousands(RULES.full)}) of all kinds, over ${thousands(SERIES)} series`,
    `--ticks N     so many are measured (default ${TICKS.full})`,
    '--quick       a small number, under 20 s',
    `Meanwhile ${thousands(SPANS_PER_S)} spans a second are inserted as the drain does it.`,
  ],
  run: async (flags) => {
    const size = flags.quick ? 'quick' : 'full';
    const count = countFlag(flags, 'rules', RULES[size]);
    const ticks = countFlag(flags, 'ticks', TICKS[size]);
    return withScratch(async (scratch) => {
      const engine = await openEngine(scratch);
      const set = ruleSet(count);
      const from = Math.floor(Date.now() / EVERY_MS) * EVERY_MS - 1_200_000;
      const rows = await fillTables(engine, from, from + (WARM_UP[size] + ticks + 1) * EVERY_MS);
      progress(`${thousands(rows)} rows stored; ${thousands(set.rules.length)} rules`);
      const ingest = startIngest(engine, scratch);
      const measured = await measure(scratch, engine, set, from, WARM_UP[size], ticks);
      const inserted = await ingest.stop();
      const alone = await oneByOne(createSignalSource(engine, systemClock), set, from);
      await engine.close();
      return report(set, measured, inserted, alone);
    });
  },
};

interface Measured {
  ms: number[];
  readMs: number[];
  transitions: number;
  errors: number;
}

/** The loop, the incidents and the state of the product, on a clock that jumps from tick to tick. */
async function measure(
  scratch: Scratch,
  engine: Engine,
  set: RuleSet,
  from: number,
  warmUp: number,
  ticks: number,
): Promise<Measured> {
  const at = { now: from };
  const clock = { now: () => at.now };
  const state = openState(join(scratch.folder, 'state'));
  const evidence = async () => ({ series: [], traces: [], logs: [], missing: [] });
  const incidents = createIncidents({ state, set: () => set, clock, evidence });
  const measured: Measured = { ms: [], readMs: [], transitions: 0, errors: 0 };
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
  for (let tick = 0; tick < warmUp + ticks; tick++) {
    isMeasured = tick >= warmUp;
    at.now += EVERY_MS;
    const began = performance.now();
    await run.turn();
    if (isMeasured) {
      measured.ms.push(performance.now() - began);
      measured.readMs.push(readMs);
    }
    // Ticks are seconds apart: what a tick leaves to be done is done before the next.
    await history;
    if (tick === warmUp) progress(`warm; measuring ${ticks} ticks`);
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
  { ms, readMs, transitions, errors }: Measured,
  inserted: number,
  alone: number,
): Report {
  const [p50, p99] = [percentile(ms, 0.5), percentile(ms, 0.99)];
  const perTick = transitions / ms.length;
  return {
    title: `${thousands(set.rules.length)} rules over ${thousands(SERIES)} series, ${ms.length} ticks`,
    rows: [
      ['tick', `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms (goal ${GOAL_P99_MS} for 10,000)`],
      [
        'of it reading',
        `p50 ${percentile(readMs, 0.5).toFixed(0)} ms, p99 ${percentile(readMs, 0.99).toFixed(0)} ms`,
      ],
      [
        'transitions',
        `${perTick.toFixed(1)} a tick (${((100 * perTick) / set.rules.length).toFixed(1)} %), committed`,
      ],
      ['meanwhile', `${thousands(inserted)} spans inserted`],
      ['one query a rule', `${thousands(alone)} ms for all, from a sample of ${ALONE}`],
    ],
    result: {
      rules: set.rules.length,
      series: SERIES,
      transitions_per_tick: rounded(perTick, 1),
      tick_p50_ms: rounded(p50),
      tick_p99_ms: rounded(p99),
      one_query_per_rule_ms: rounded(alone),
    },
    broken: errors === 0 ? [] : [`${errors} evaluations failed`],
  };
}
