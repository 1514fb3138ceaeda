import { expect, test } from 'vitest';
import { experienceHeadline } from '../../dashboard/src/state/experience-headline.ts';
import type { LatestRun, ProbeSummary } from '../../model/probes.ts';

const latest = (more: Partial<LatestRun> = {}): LatestRun => ({
  location: 'fra',
  traceId: 'a',
  scheduledAt: 0,
  durationMs: 1,
  verdict: 'passed',
  failureClass: '',
  message: '',
  ...more,
});
const failed = (failureClass: 'target' | 'probe') => [latest({ verdict: 'failed', failureClass })];

const probe = (name: string, more: Partial<ProbeSummary> = {}): ProbeSummary => ({
  name,
  kind: 'journey',
  tags: {},
  every: 60_000,
  threshold: 2_500,
  scheduled: true,
  latest: [latest()],
  runs: 1,
  tainted: 0,
  wait: 1_000,
  availability: { up: 1, down: 0, blind: 0, value: 1, lowest: 1, highest: 1 },
  certificateExpiresAt: null,
  trend: [],
  ...more,
});

const said = (...probes: ProbeSummary[]) => {
  const headline = experienceHeadline(probes, 'in the last hour');
  const words = headline?.sentence.map((piece) => (typeof piece === 'string' ? piece : piece.text)).join('');
  return headline && `${headline.state}: ${words}`;
};

test('without probes, and while they are all well, what services report comes first', () => {
  expect(said()).toBeNull();
  expect(said(probe('home'))).toBeNull();
});

test('a failure goes before slowness, and says where it was seen from', () => {
  expect(said(probe('slow', { wait: 4_100 }), probe('login', { latest: failed('target') }))).toBe(
    'bad: login fails, seen from fra.',
  );
});

test('slowness is told against its promise', () => {
  expect(said(probe('checkout', { wait: 4_100 }))).toBe(
    'bad: checkout is slow: 4.1 s against 2.5 s at p75 in the last hour.',
  );
});

test('when no probe can look, nobody is said to be well or hurt', () => {
  expect(said(probe('home', { latest: failed('probe') }))).toBe(
    'blind: We cannot say whether home works: its probe is silent.',
  );
});

test('a probe that was taken away says nothing', () => {
  expect(said(probe('old', { scheduled: false, latest: failed('target') }))).toBeNull();
});
