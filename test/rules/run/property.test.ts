/** A replay of a stretch equals the live history of that stretch: same loop, same store, whatever went wrong meanwhile. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../base/clock.ts';
import { Problem } from '../../../base/errors.ts';
import type { Random } from '../../../bench/workload/random.ts';
import type { InstanceState, TickOutcome, Transition } from '../../../model/evaluation.ts';
import type { RuleSet } from '../../../model/rule.ts';
import type { SignalSource } from '../../../model/signal.ts';
import { needsWriting } from '../../../rules/incidents/states.ts';
import { loadRules } from '../../../rules/language/load.ts';
import { replay } from '../../../rules/run/replay.ts';
import { createRun, type RulesRun } from '../../../rules/run/run.ts';
import { createSignalSource } from '../../../store/signals/source.ts';
import { SEED, seeded } from '../../helpers/chance.ts';
import { startTestEngine, type TestEngine } from '../../helpers/engine.ts';
import { recordingLog } from '../../helpers/log.ts';
import {
  MINUTE,
  type PointRow,
  type SpanRow,
  storePoints,
  storeSpans,
  T0,
} from '../../store/signals/data.ts';

const LENGTH = 20 * MINUTE;
const SERVICES = ['shop', 'cart', 'search', 'mail'];

let it: TestEngine;
const random = seeded();
beforeAll(async () => {
  it = await startTestEngine();
  await storeSpans(it.engine, randomSpans(random));
  await storePoints(it.engine, 'sum', 'jobs', randomCounter(random));
  await storePoints(it.engine, 'gauge', 'queue', randomGauge(random));
});
afterAll(() => it?.stop());

/** Services come and go and have bad minutes. */
function randomSpans(random: Random): SpanRow[] {
  const spans: SpanRow[] = [];
  for (const service of SERVICES)
    for (let minute = -20; minute < 40; minute++) {
      if (random.chance(0.15)) continue;
      const errors = random.chance(0.3) ? random.next() : 0.02;
      for (let i = random.below(60); i > 0; i--)
        spans.push({
          at: minute * MINUTE + random.below(MINUTE),
          service,
          durationMs: random.logNormal(20, 1),
          ...(random.chance(errors) ? { status: 'Error' } : {}),
        });
    }
  return spans;
}

function randomCounter(random: Random): PointRow[] {
  let value = 0;
  return Array.from({ length: 240 }, (_, i) => {
    value = random.chance(0.03) ? 0 : value + random.below(20);
    return { at: (i - 80) * 15_000 + random.below(5_000), value, start: -3_600_000 };
  }).filter(() => random.chance(0.9));
}

const randomGauge = (random: Random): PointRow[] =>
  Array.from({ length: 120 }, (_, i) => ({ at: (i - 40) * 30_000, value: random.below(100) }));

function randomRules(random: Random): RuleSet {
  const pick = <T>(values: readonly T[]): T => random.of(values);
  const texts = Array.from({ length: 8 }, (_, i) => {
    const service = pick(SERVICES);
    const signals: string[] = [
      `{ spans: count, where: { service.name: ${service}, status: error }, window: ${pick(['1m', '5m', '90s'])} }`,
      `{ spans: p95, where: { service.name: ${service} }, by: [service.name], window: 5m }`,
      `{ metric: jobs, reduce: rate, window: ${pick(['1m', '3m'])} }`,
      `{ metric: queue, reduce: avg, window: 2m }`,
      `{ ratio: { bad: { spans: count, where: { service.name: ${service}, status: error } }, total: { spans: count, where: { service.name: ${service} } }, window: 5m, min_events: 10 } }`,
    ];
    const every = pick(['20s', '30s', '1m']);
    return `name: rule-${i}
every: ${every}
delay: ${pick(['0s', '20s', '30s'])}
summary: "{{ rule.name }}"
labels: { severity: page }
signals:
  a: ${pick(signals)}
  b: ${pick(signals)}
if:
  ${pick(['all', 'any'])}:
    - { signal: a, gt: ${pick(['0', '0.05', '2', '30'])}, for: ${pick(['0s', '1m', '2m'])} }
    - { signal: b, ${pick(['gt', 'lt'])}: ${pick(['0.1', '1', '50'])} }
${random.chance(0.4) ? `keep_firing_for: ${pick(['1m', '3m'])}\n` : ''}${random.chance(0.4) ? 'on_no_data: { state: keep, for: 2m, then: alert }\n' : ''}`;
  });
  return loadRules(texts.map((text, i) => ({ file: `${i}.yaml`, text }))).set;
}

/** The product at work over the stretch, with restarts and with a store that is away for a while. */
async function live(set: RuleSet, from: number, to: number): Promise<Transition[]> {
  const written = new Map<string, InstanceState>();
  const transitions: Transition[] = [];
  const at = { now: from };
  let position: number | null = from;
  let awayUntil = 0;
  const real = createSignalSource(it.engine, systemClock);
  const source: SignalSource = {
    read: async (signals, t) => {
      if (at.now < awayUntil) throw new Problem('store_down', 'away', { retryable: true });
      return real.read(signals, t);
    },
  };
  const apply = (outcome: TickOutcome) => {
    for (const state of outcome.states) {
      const key = `${state.rule}/${state.fingerprint}`;
      if (needsWriting(written.get(key), state)) written.set(key, structuredClone(state));
    }
    for (const { rule, fingerprint } of outcome.removed) written.delete(`${rule}/${fingerprint}`);
    transitions.push(...outcome.transitions);
  };
  const start = (): RulesRun =>
    createRun({
      rules: () => set.rules,
      source,
      states: [...written.values()],
      apply,
      position: {
        read: () => position,
        write: (due) => {
          position = due;
        },
      },
      history: { write: () => {} },
      waitingSince: () => null,
      clock: { now: () => at.now },
      monotonic: () => at.now,
      log: recordingLog(),
    });
  let run = start();
  while (at.now < to) {
    const next = await run.turn();
    at.now = Math.min(Math.max(next, at.now + 1), to);
    const fate = random.next();
    if (fate < 0.03) {
      at.now = Math.min(at.now + random.below(4 * MINUTE), to);
      run = start();
    } else if (fate > 0.97) awayUntil = at.now + random.below(3 * MINUTE);
  }
  awayUntil = 0;
  while ((await run.turn()) <= to);
  return transitions;
}

const comparable = (transitions: readonly Transition[]) =>
  transitions
    .map(({ rule, at, from, to, labels, reason, samples }) =>
      JSON.stringify({ at, rule, labels, from, to, reason, samples }),
    )
    .sort();

test.each([1, 2])('random rules over random data, turn %d', { timeout: 300_000 }, async (turn) => {
  const set = randomRules(random);
  expect(set.problems, `SEED=${SEED}`).toEqual([]);
  // Both begin with nothing known, so that they can be told apart by what they do and not by what they knew.
  const from = T0 - 5 * MINUTE * turn;
  const lived = await live(set, from, T0 + LENGTH);
  const again = await replay({
    set,
    source: createSignalSource(it.engine, systemClock),
    from,
    to: T0 + LENGTH,
    warmUp: 0,
  });
  expect(lived.length, `SEED=${SEED}`).toBeGreaterThan(5);
  expect(comparable(again.transitions), `SEED=${SEED}`).toEqual(comparable(lived));
});
