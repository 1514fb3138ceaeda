import { describe, expect, test } from 'vitest';
import {
  localCommand,
  slotSentence,
  slotsOf,
  stateOfProbe,
  upWords,
  verdictWords,
  worstFirst,
} from '../../dashboard/src/state/runs.ts';
import type { FailureClass, ProbeRun } from '../../model/probe.ts';
import type { ProbeRunSummary, ProbeSummary } from '../../model/probes.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 15, 9);

interface Given {
  fails?: FailureClass;
  verdict?: ProbeRun['verdict'];
  tainted?: boolean;
  durationMs?: number;
  confirms?: string;
}

/** A run in the slot `minute`. */
const run = (
  minute: number,
  { fails, verdict, tainted = false, durationMs = 100, confirms = '' }: Given = {},
): ProbeRunSummary => ({
  traceId: 'a',
  spanId: 'b',
  name: 'home',
  kind: 'http',
  location: 'fra',
  scheduledAt: START + minute * MINUTE,
  startedAt: START + minute * MINUTE,
  durationMs,
  verdict: verdict ?? (fails ? 'failed' : 'passed'),
  failure: fails ? { class: fails, step: '', message: 'no' } : null,
  skipped: verdict === 'skipped' ? 'the browser is gone' : '',
  confirms,
  definition: '',
  every: MINUTE,
  certificateExpiresAt: null,
  exceeded: [],
  conditions: { queueDelayMs: 0, concurrency: 1, hostCpu: 0, tainted },
  steps: [],
});

const states = (runs: readonly ProbeRunSummary[], until: number, most?: number) =>
  slotsOf(runs, 500, START + until * MINUTE, most).map(({ state }) => state);

describe('slots', () => {
  test.each([
    [run(0), 'good'],
    [run(0, { durationMs: 900 }), 'slow'],
    [run(0, { tainted: true, durationMs: 900 }), 'tainted'],
    [run(0, { fails: 'target' }), 'failed'],
    [run(0, { fails: 'assertion' }), 'failed'],
    [run(0, { fails: 'probe' }), 'own'],
    [run(0, { verdict: 'skipped' }), 'blind'],
  ])('a run is what it is: %#', (given, state) => expect(states([given], 1)).toEqual([state]));

  test('without a run between two that were due are blind, not green', () => {
    expect(states([run(4), run(1)], 5)).toEqual(['good', 'blind', 'blind', 'good']);
  });

  test('after the last run are blind, but for the two that may still come', () => {
    expect(states([run(0)], 2)).toEqual(['good']);
    expect(states([run(0)], 5)).toEqual(['good', 'blind', 'blind', 'blind']);
  });

  test('a run that confirms stands for its slot: one passed is up', () => {
    expect(states([run(0, { confirms: 'a' }), run(0, { fails: 'target' })], 1)).toEqual(['good']);
    expect(states([run(0, { fails: 'target', confirms: 'a' }), run(0, { fails: 'probe' })], 1)).toEqual([
      'failed',
    ]);
  });

  test('are never more than asked for, whatever a probe says of its interval', () => {
    expect(states([run(1_000_000), run(0)], 1_000_001, 10)).toHaveLength(10);
    expect(
      states(
        [
          { ...run(5), every: 0 },
          { ...run(1), every: 0 },
        ],
        9,
      ),
    ).toEqual(['good', 'good']);
    expect(slotsOf([], null, START)).toEqual([]);
  });

  test('are told in a sentence', () => {
    expect(slotSentence(slotsOf([run(3), run(1)], null, START + 3 * MINUTE))).toBe(
      '2 good, 1 blind: nobody looked',
    );
  });
});

const slots = (up: number, down: number, blind: number) => ({
  ...{ up, down, blind },
  value: up + down === 0 ? null : up / (up + down),
  lowest: up / (up + down + blind),
  highest: (up + blind) / (up + down + blind),
});

test.each([
  [slots(99, 1, 0), '99 %'],
  [slots(91, 0, 9), '≥ 91 %'],
  [slots(80, 10, 10), '80–90 %'],
  [slots(0, 0, 10), '–'],
])('what was not seen is never counted as up: %#', (given, words) => expect(upWords(given)).toBe(words));

const probe = (name: string, more: Partial<ProbeSummary> = {}): ProbeSummary => ({
  name,
  kind: 'http',
  tags: {},
  every: MINUTE,
  threshold: 500,
  scheduled: true,
  latest: [
    {
      location: 'fra',
      traceId: 'a',
      scheduledAt: START,
      durationMs: 1,
      verdict: 'passed',
      failureClass: '',
      message: '',
    },
  ],
  runs: 1,
  tainted: 0,
  wait: 100,
  availability: slots(10, 0, 0),
  certificateExpiresAt: null,
  trend: [],
  ...more,
});
const failing = (failureClass: FailureClass) => [
  { ...probe('x').latest[0]!, verdict: 'failed' as const, failureClass },
];

test('probes are worst first, and one that cannot look is blind, not bad', () => {
  const probes = [
    probe('well'),
    probe('gone', { scheduled: false }),
    probe('broken probe', { latest: failing('probe') }),
    probe('slow', { wait: 900 }),
    probe('down', { latest: failing('target') }),
    probe('was down', { availability: slots(9, 1, 0) }),
  ];
  expect(worstFirst(probes).map((each) => [each.name, stateOfProbe(each).tone])).toEqual([
    ['down', 'bad'],
    ['slow', 'bad'],
    ['broken probe', 'blind'],
    ['was down', 'watch'],
    ['well', 'ok'],
    ['gone', 'new'],
  ]);
});

test('a failure says whose fault it is', () => {
  const full = (given: Given) =>
    ({ ...run(0, given), steps: [], artifacts: [], tags: {} }) as unknown as ProbeRun;
  expect(verdictWords(full({}))).toBe('Passed');
  expect(verdictWords(full({ fails: 'probe' }))).toContain('says nothing about the target');
  expect(verdictWords(full({ verdict: 'skipped' }))).toBe('Did not happen: the browser is gone');
});

test('a hostile name never gets into a command that people paste', () => {
  expect(localCommand('journey', 'checkout')).toBe('npm run journey -- synthetics/checkout.journey.ts');
  for (const name of ['$(rm -rf ~)', '`id`', 'a b', '-x', '../a', "a'b", 'a\nb', ''])
    expect(localCommand('journey', name)).toBe('npm run journey -- synthetics/NAME.journey.ts');
  expect(localCommand('http', 'checkout')).toBeNull();
});
