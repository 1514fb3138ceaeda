/** One rule over time, with readings written by hand. */
import { describe, expect, test } from 'vitest';
import type { InstanceState, Transition } from '../../../model/evaluation.ts';
import type { Rule } from '../../../model/rule.ts';
import type { Labels, Reading, Sample } from '../../../model/signal.ts';
import type { RuleStates } from '../../../rules/evaluate/condition.ts';
import { evaluateRule, retire } from '../../../rules/evaluate/evaluate.ts';
import { load, rule } from '../make-rule.ts';

const EVERY = 30_000;
const T0 = 1_800_000_000_000;
type Value = number | null | 'error' | undefined;

const sample = (value: number | null, labels: Labels = {}, count = 100): Sample => ({ labels, value, count });

/** A value of signal `x` at each tick: undefined no data, `error` a failed query, null too few events. */
function reading(value: Value): Reading {
  if (value === 'error') return { ok: false, error: 'broken' };
  return { ok: true, samples: value === undefined ? [] : [sample(value, {}, value === null ? 3 : 100)] };
}

function runReadings(
  one: Rule,
  readings: readonly Record<string, Reading>[],
  ruleStates: RuleStates = () => [],
) {
  let states: InstanceState[] = [];
  const transitions: Transition[] = [];
  const phases: string[] = [];
  readings.forEach((at, i) => {
    const result = evaluateRule(one, states, new Map(Object.entries(at)), ruleStates, T0 + i * EVERY);
    states = result.states;
    transitions.push(...result.transitions);
    phases.push((states[0]?.phase ?? 'none').slice(0, 1));
  });
  return { states, transitions, phases: phases.join('') };
}

const run = (one: Rule, values: readonly Value[]) =>
  runReadings(
    one,
    values.map((value) => ({ x: reading(value) })),
  );
const gauge = (rest: string) => rule(`signals: { x: { metric: m, reduce: avg, window: 1m } }\n${rest}`);

describe('for', () => {
  const held = gauge('if: { signal: x, gt: 5, for: 1m }');

  test('fires once it has held so long, and starts anew after a break', () => {
    expect(run(held, [1, 9, 9, 9, 9]).phases).toBe('ippff');
    expect(run(held, [9, 9, 1, 9, 9, 9]).phases).toBe('ppippf');
  });

  test('neither advances nor is lost while the value is unknown', () => {
    expect(run(held, [9, undefined, undefined, 9, 9]).phases).toBe('ppppf');
    expect(run(held, [9, 'error', 'error', 9, 9]).phases).toBe('ppppf');
  });

  test('is counted for each branch by itself', () => {
    const two =
      rule(`signals: { x: { metric: m, reduce: avg, window: 1m }, y: { metric: n, reduce: avg, window: 1m } }
if: { all: [{ signal: x, gt: 5, for: 1m }, { signal: y, gt: 5 }] }`);
    const at = (x: number, y: number) => ({ x: reading(x), y: reading(y) });
    expect(runReadings(two, [at(9, 1), at(9, 1), at(9, 1), at(9, 9)]).phases).toBe('iiif');
    expect(runReadings(two, [at(9, 9), at(9, 9), at(9, 9)]).phases).toBe('ppf');
  });

  test('does not count hours in which nobody looked', () => {
    const first = run(held, [9]).states;
    const later = (gap: number) =>
      evaluateRule(held, first, new Map([['x', reading(9)]]), () => [], T0 + gap).states[0]!;
    expect(later(120_000).phase, 'a short gap counts').toBe('firing');
    expect(later(7_200_000).phase, 'two hours do not').toBe('pending');
  });
});

describe('recovery', () => {
  test('stays true between the thresholds, both ways', () => {
    const above = gauge('if: { signal: x, gt: 5, recover: { lt: 2 } }');
    expect(run(above, [4, 6, 4, 3, 1, 4]).phases).toBe('ifffii');
    const below = gauge('if: { signal: x, lt: 5, recover: { gt: 8 } }');
    expect(run(below, [6, 4, 6, 8, 9, 6]).phases).toBe('ifffii');
  });

  test('is remembered over what is unknown', () => {
    const above = gauge('if: { signal: x, gt: 5, recover: { lt: 2 } }');
    expect(run(above, [6, undefined, 4]).phases).toBe('fff');
  });
});

test('keep_firing_for holds the phase, and a relapse begins it anew', () => {
  const kept = gauge('if: { signal: x, gt: 5 }\nkeep_firing_for: 1m');
  expect(run(kept, [9, 1, 1, 1]).phases).toBe('fffi');
  expect(run(kept, [9, 1, 9, 1, 1, 1]).phases).toBe('fffffi');
});

describe('unknown at the root', () => {
  test('keeps the phase, and after a time counts as what the rule says', () => {
    const alert = gauge('if: { signal: x, gt: 5 }\non_no_data: { state: keep, for: 1m, then: alert }');
    const { phases, transitions } = run(alert, [1, undefined, undefined, undefined, 1]);
    expect(phases).toBe('iiifi');
    expect(transitions.map(({ reason }) => reason)).toEqual(['no_data', 'condition']);
    const ok = gauge('if: { signal: x, gt: 5 }\non_no_data: { state: keep, for: 1m, then: ok }');
    expect(run(ok, [9, undefined, undefined, undefined]).phases).toBe('fffi');
  });

  test('a failed query is no missing data', () => {
    const one = gauge('if: { signal: x, gt: 5 }\non_no_data: { state: alert }\non_error: { state: keep }');
    expect(run(one, [1, 'error', undefined]).phases).toBe('iif');
  });

  test('too few events never alert', () => {
    const one = gauge('if: { signal: x, gt: 5 }\non_no_data: { state: alert }');
    expect(run(one, [1, null, null]).phases).toBe('iii');
  });

  test('a branch that is known decides alone where it can', () => {
    const any =
      rule(`signals: { x: { metric: m, reduce: avg, window: 1m }, y: { metric: n, reduce: avg, window: 1m } }
if: { any: [{ signal: x, gt: 5 }, { signal: y, gt: 5 }] }`);
    expect(runReadings(any, [{ x: reading('error'), y: reading(9) }]).phases).toBe('f');
    expect(runReadings(any, [{ x: reading('error'), y: reading(1) }]).states[0]!.unknown?.kind).toBe('error');
  });

  test.each([Number.NaN, Infinity, -Infinity])('%d is unknown, never true by accident', (value) => {
    const above = gauge('if: { any: [{ signal: x, gt: 0 }, { signal: x, lt: 0 }, { signal: x, ne: 1 }] }');
    expect(run(above, [value]).states[0]).toMatchObject({ phase: 'inactive', unknown: { kind: 'no_data' } });
  });

  test('events that did not happen are none, so a count is known without data', () => {
    const none = rule('signals: { x: { spans: count, window: 1m } }\nif: { signal: x, gt: 0 }');
    expect(run(none, [5, undefined]).phases).toBe('fi');
  });
});

describe('instances', () => {
  const byHost = rule(`signals:
  cpu: { metric: cpu, reduce: avg, by: [host], window: 1m }
  load: { metric: load, reduce: avg, window: 1m }
if: { all: [{ signal: cpu, gt: 5 }, { signal: load, gt: 1 }] }
labels: { severity: page }
summary: "{{ labels.host }} at {{ signals.cpu.value }} with {{ signals.load.value }}"`);
  const at = (cpu: Record<string, number>, load = 2): Record<string, Reading> => ({
    cpu: { ok: true, samples: Object.entries(cpu).map(([host, value]) => sample(value, { host })) },
    load: { ok: true, samples: [sample(load)] },
  });

  test('are the series of the signal with all labels; the others are handed to each', () => {
    const { states, transitions } = runReadings(byHost, [at({ a: 9, b: 1 })]);
    expect(states.map(({ labels, phase }) => [labels.host, phase])).toEqual([
      ['a', 'firing'],
      ['b', 'inactive'],
    ]);
    expect(transitions).toHaveLength(1);
    expect(transitions[0]).toMatchObject({
      summary: 'a at 9 with 2',
      labels: { host: 'a', severity: 'page' },
    });
  });

  test('one that vanishes is held, then ends with its reason, then is forgotten; it may come back', () => {
    const gone = Array.from({ length: 70 }, () => at({ b: 1 }));
    const { states, transitions } = runReadings(byHost, [at({ a: 9, b: 1 }), ...gone]);
    expect(transitions.map(({ to, reason }) => [to, reason])).toEqual([
      ['firing', 'condition'],
      ['inactive', 'no_data'],
    ]);
    expect(states.map(({ labels }) => labels.host)).toEqual(['b']);
    const back = runReadings(byHost, [at({ a: 9 }), at({}), at({ a: 9 })]);
    expect(back.states[0]).toMatchObject({ phase: 'firing', episode: 1, vanishedSince: null });
  });

  test('more than ten thousand are a failure of the signal, not a flood', () => {
    const many = at(Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`h${i}`, 9])));
    const { states, transitions } = runReadings(byHost, [at({ a: 9 }), many]);
    expect(states).toHaveLength(1);
    expect(states[0]).toMatchObject({ phase: 'firing', unknown: { kind: 'error' } });
    expect(transitions).toHaveLength(1);
  });

  test('an edit of by ends the old instances', () => {
    const { states } = runReadings(byHost, [at({ a: 9 })]);
    const other = gauge('if: { signal: x, gt: 5 }');
    const result = evaluateRule(other, states, new Map([['x', reading(1)]]), () => [], T0 + EVERY);
    expect(result.transitions).toMatchObject([{ to: 'inactive', reason: 'deleted' }]);
    expect(result.removed).toEqual([{ rule: 'test', fingerprint: states[0]!.fingerprint }]);
  });
});

describe('edits', () => {
  test('another threshold keeps the episode; other labels keep the instance', () => {
    const before = run(gauge('if: { signal: x, gt: 5, for: 1m }'), [9, 9, 9]).states;
    const edited = gauge('if: { signal: x, gt: 8, for: 1m }\nlabels: { team: new }');
    const after = evaluateRule(edited, before, new Map([['x', reading(9)]]), () => [], T0 + 3 * EVERY);
    expect(after.transitions).toEqual([]);
    expect(after.states[0]).toMatchObject({ phase: 'firing', episode: 1, labels: { team: 'new' } });
    expect(after.states[0]!.fingerprint).toBe(before[0]!.fingerprint);
    expect(after.states[0]!.version).not.toBe(before[0]!.version);
  });

  test('a deleted rule resolves what fires, with the reason', () => {
    const { states } = run(gauge('if: { signal: x, gt: 5 }'), [9]);
    const { transitions, removed } = retire({ name: 'test' }, states, T0 + EVERY);
    expect(transitions).toMatchObject([{ from: 'firing', to: 'inactive', reason: 'deleted', episode: 1 }]);
    expect(removed).toHaveLength(1);
  });
});

test('a restart is nothing: state out of JSON goes on as state in memory does', () => {
  const one = gauge('if: { signal: x, gt: 5, for: 1m, recover: { lt: 2 } }\nkeep_firing_for: 1m');
  const values: Value[] = [1, 9, 9, undefined, 9, 4, 1, 'error', 1, 1, 9];
  let plain: InstanceState[] = [];
  let restarted: InstanceState[] = [];
  values.forEach((value, i) => {
    const readings = new Map([['x', reading(value)]]);
    const next = (states: InstanceState[]) => evaluateRule(one, states, readings, () => [], T0 + i * EVERY);
    plain = next(plain).states;
    restarted = next(JSON.parse(JSON.stringify(restarted))).states;
    expect(restarted).toEqual(plain);
  });
});

test('evaluating a moment again, or an earlier one, changes nothing', () => {
  const one = gauge('if: { signal: x, gt: 5 }');
  const { states } = run(one, [9]);
  for (const t of [T0, T0 - EVERY]) {
    const again = evaluateRule(one, states, new Map([['x', reading(1)]]), () => [], t);
    expect(again.states).toEqual(states);
    expect(again.transitions).toEqual([]);
  }
});

test('what flaps is told by its transitions, and that it has ceased by one more', () => {
  const one = gauge('if: { signal: x, gt: 5 }');
  const { transitions } = run(one, [1, 9, 1, 9, 1, 9, 1, ...Array.from({ length: 30 }, () => 1)]);
  expect(transitions.some(({ flapping }) => flapping)).toBe(true);
  expect(transitions.at(-1)).toMatchObject({
    from: 'inactive',
    to: 'inactive',
    reason: 'flapping',
    flapping: false,
  });
});

describe('the state of another rule', () => {
  const gated = load({
    'gated.yaml': `name: gated
signals: { x: { metric: m, reduce: avg, by: [host], window: 1m } }
if: { all: [{ signal: x, gt: 5 }, { not: { rule: other, state: firing } }] }`,
    'other.yaml': 'name: other\nsignals: { x: { spans: count, window: 1m } }\nif: { signal: x, gt: 5 }',
  }).set.rules[0]!;
  const readings = new Map<string, Reading>([
    ['x', { ok: true, samples: [sample(9, { host: 'a' }), sample(9, { host: 'b' })] }],
  ]);
  const phases = (states: RuleStates) =>
    evaluateRule(gated, [], readings, states, T0).states.map(({ phase }) => phase);

  test('counts for the instances whose labels it shares', () => {
    expect(phases(() => [{ labels: { host: 'a', severity: 'page' }, phase: 'firing' }])).toEqual([
      'inactive',
      'firing',
    ]);
    expect(phases(() => [{ labels: { severity: 'page' }, phase: 'firing' }])).toEqual([
      'inactive',
      'inactive',
    ]);
  });

  test('is unknown of a rule that was never evaluated', () => {
    expect(evaluateRule(gated, [], readings, () => undefined, T0).states[0]!.unknown).toEqual({
      kind: 'no_data',
      since: T0,
    });
  });
});
