import { expect, test } from 'vitest';
import {
  explanationOf,
  firstLine,
  toneOfRule,
  transitionWords,
} from '../../dashboard/src/state/rule-words.ts';
import { signalValue } from '../../dashboard/src/state/signals.ts';
import type { BranchReading, InstanceState, PastTransition } from '../../model/evaluation.ts';
import type { Rule } from '../../model/rule.ts';
import type { RuleSummary, RuleView } from '../../model/rules-view.ts';

const T = Date.UTC(2026, 0, 15, 9);
const of = { measure: 'count', where: [], by: [], window: 60_000 } as const;

const rule = {
  name: 'errors',
  mode: 'active',
  signals: {
    errors: {
      kind: 'ratio',
      bad: { kind: 'spans', ...of },
      total: { kind: 'spans', ...of },
      by: [],
      window: 60_000,
      minEvents: 1,
    },
  },
  if: {
    kind: 'all',
    id: 'if',
    for: 0,
    of: [
      {
        kind: 'compare',
        id: 'if.all[0]',
        for: 120_000,
        signal: 'errors',
        op: 'gt',
        threshold: 0.05,
        recover: null,
      },
    ],
  },
} as unknown as Rule;

function view(phase: InstanceState['phase'], branch: Partial<BranchReading>): RuleView {
  const reading = { id: 'if.all[0]', truth: false, value: 0.031, since: null, why: '', ...branch };
  const state = {
    fingerprint: 'f',
    labels: {},
    phase,
    since: T,
    t: T,
    flapping: false,
    branches: [{ ...reading, id: 'if', value: null }, reading],
  } as unknown as InstanceState;
  const summary = { lastTick: T, instances: 1 } as RuleSummary;
  return { rule, summary, instances: [state], problems: [] };
}

const line = (given: RuleView) => firstLine(rule, explanationOf(given), T);

test('the first line says what is missing, with the value and the threshold', () => {
  expect(line(view('inactive', {}))).toBe('Not firing: errors 3.1 %, needs > 5 %.');
});

test('the first line says how far a branch is that must hold for a while', () => {
  expect(line(view('pending', { value: 0.08, since: T - 40_000 }))).toBe(
    'Pending: errors > 5 % has held for 40 s of 2 min.',
  );
});

test('the first line says that something is unknown, and why, and never calls that false', () => {
  expect(line(view('inactive', { truth: null, value: null, why: 'no data' }))).toBe(
    'Not firing: errors > 5 % is unknown (no data).',
  );
});

test('the first line says since when it fires, and by which value', () => {
  expect(line(view('firing', { truth: true, value: 0.08 }))).toMatch(
    /^Firing since \S+: errors > 5 %, it is 8 %\.$/,
  );
});

test('a rule without an instance does not fire, and says that nothing was there', () => {
  expect(line({ ...view('inactive', {}), instances: [] })).toMatch(
    /^Not firing: nothing it looks at was there/,
  );
});

test('a rule that was never evaluated names no moment', () => {
  const summary = { lastTick: null, instances: 0 } as RuleSummary;
  expect(line({ ...view('inactive', {}), summary, instances: [] })).toBe(
    'Not firing: nothing it looks at is there.',
  );
});

test('a rule that cannot be told is blind, one that only watches is not bad', () => {
  const summary = { phase: 'inactive', unknown: 1, mode: 'active', lastTick: T } as RuleSummary;
  expect(toneOfRule(summary)).toBe('blind');
  expect(toneOfRule({ ...summary, phase: 'firing' })).toBe('bad');
  expect(toneOfRule({ ...summary, phase: 'firing', mode: 'shadow' })).toBe('watch');
  expect(toneOfRule({ ...summary, lastTick: null })).toBe('new');
});

test('a change is told with its reason, unless that is the condition', () => {
  const change = { from: 'pending', to: 'firing', reason: 'condition', flapping: false } as PastTransition;
  expect(transitionWords(change)).toBe('pending → firing');
  expect(transitionWords({ ...change, reason: 'no_data', flapping: true })).toBe(
    'pending → firing: no data, flapping',
  );
  expect(transitionWords({ ...change, from: 'firing', reason: 'flapping' })).toBe(
    'still firing: no longer flapping',
  );
});

test('values are told in the unit of their signal, and what is not known is never 0', () => {
  expect(signalValue('share', 0.031)).toBe('3.1 %');
  expect(signalValue('milliseconds', 810)).toBe('810 ms');
  expect(signalValue('truth', 1)).toBe('yes');
  expect(signalValue('number', null)).toBe('–');
});
