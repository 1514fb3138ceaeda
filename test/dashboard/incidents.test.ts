import { describe, expect, test } from 'vitest';
import { evidenceCharts } from '../../dashboard/src/charts/evidence.ts';
import { incidentSentence, laneOf, lanesOf, toneOf } from '../../dashboard/src/state/incidents.ts';
import type { Alert, Incident, TimelineEntry } from '../../model/incident.ts';
import { operation, VERIFYING } from './make-operation.ts';

const OPENED = Date.UTC(2026, 0, 15, 9);
const MINUTE = 60_000;

const alert = (since: number, until: number | null = null): Alert => ({
  instance: 'a',
  labels: {},
  since,
  until,
  flapping: false,
  summary: '',
  description: '',
  samples: {},
});

const incident = (more: Partial<Incident> = {}): Incident => ({
  number: 7,
  key: 'k',
  rule: 'r',
  owner: '',
  runbook: '',
  title: 't',
  severity: 'page',
  labels: {},
  group: {},
  status: 'triggered',
  openedAt: OPENED,
  acknowledged: null,
  resolved: null,
  reopenUntil: 0,
  reopened: 0,
  flapping: false,
  revision: 1,
  alerts: { a: alert(OPENED) },
  recipients: {},
  ...more,
});

const entry = (kind: TimelineEntry['kind'], at = OPENED, text = '', who = 'loopwatch'): TimelineEntry => ({
  incident: 7,
  at,
  kind,
  who,
  text,
});

const sentence = (more: Partial<Incident>, timeline: TimelineEntry[] = []) =>
  incidentSentence({ incident: incident(more), timeline }, OPENED + 9 * MINUTE);

describe('the sentence', () => {
  const told = { oncall: { first: 1, last: 1, repeats: 0, held: '', dirty: false, step: 0 } };

  test('says how long it is open, what fires, and that nobody has it', () => {
    expect(sentence({})).toMatch(/^Open for 9 min, since .*\. Its alert fires\. Nobody has been told\.$/);
  });

  test('never says that somebody was told who was not', () => {
    expect(sentence({ recipients: told })).toContain('oncall (on its way)');
    expect(sentence({ recipients: told }, [entry('undelivered', OPENED, '', 'oncall')])).toContain(
      'oncall (not delivered)',
    );
    expect(sentence({ recipients: told }, [entry('delivered', OPENED, '', 'oncall')])).toContain(
      'told: oncall.',
    );
  });

  test('says who has taken it, and who ended it and why', () => {
    const acknowledged = { at: OPENED + MINUTE, by: 'Ana' };
    expect(sentence({ status: 'acknowledged', acknowledged })).toContain('Acknowledged by Ana at ');
    const resolved = { at: OPENED + 11 * MINUTE, by: 'loopwatch', reason: 'nothing fires' };
    expect(sentence({ status: 'resolved', resolved })).toContain('after 11 min, by itself (nothing fires).');
  });

  test('writes out hidden characters of a name', () => {
    const acknowledged = { at: OPENED, by: 'A\u202ea' };
    expect(sentence({ status: 'acknowledged', acknowledged })).toContain('A\\u202ea');
  });
});

test('each status has its tone', () => {
  expect((['triggered', 'escalated', 'acknowledged', 'resolved'] as const).map(toneOf)).toEqual([
    'bad',
    'bad',
    'watch',
    'ok',
  ]);
});

test.each([
  ['triggered', 'loopwatch', 'seen'],
  ['delivered', 'oncall', 'done'],
  ['commented', 'ada', 'done'],
  ['resolved', 'loopwatch', 'seen'],
  ['resolved', 'ada', 'done'],
] as const)('%s by %s is in the lane of what was %s', (kind, who, lane) => {
  expect(laneOf({ kind, who })).toBe(lane);
});

test('lanes begin with the first alert, end now, and put together what is at one place', () => {
  const early = OPENED - MINUTE;
  const lanes = lanesOf(
    {
      incident: incident({ alerts: { a: alert(early, OPENED + MINUTE), b: alert(OPENED) } }),
      timeline: [entry('triggered'), entry('notified', OPENED + 10), entry('delivered', OPENED + 20)],
      operations: [],
    },
    OPENED + 9 * MINUTE,
  );
  expect([lanes.from, lanes.to]).toEqual([early, OPENED + 9 * MINUTE]);
  expect(lanes.bars.seen).toMatchObject([
    { key: 'a', left: 0, width: 0.2, open: false },
    { key: 'b', left: 0.1, width: 0.9, open: true },
  ]);
  expect(lanes.marks.done).toMatchObject([{ count: 2 }]);
  expect(lanes.marks.verified).toEqual([]);
});

test('what was done and verified is read from operations, whatever the words of the timeline are', () => {
  const sent = OPENED + MINUTE;
  const cured = operation({
    status: 'verified',
    dispatchedAt: sent,
    finishedAt: sent + 5_000,
    verification: { ...VERIFYING, from: sent + 20_000, verdict: 'cured', at: sent + 30_000 },
  });
  const lanes = lanesOf(
    {
      incident: incident(),
      timeline: [entry('triggered'), entry('action', sent, 'It helped: verified, cured, no effect.')],
      operations: [cured],
    },
    OPENED + 10 * MINUTE,
  );
  expect(lanes.bars.done).toMatchObject([{ left: 0.1, open: false, tone: 'ok' }]);
  expect(lanes.marks.done).toMatchObject([{ at: sent, text: 'checkout 2 → 3: cured' }]);
  expect(lanes.bars.verified).toMatchObject([{ tone: 'ok', open: false }]);
  expect(lanes.marks.verified).toMatchObject([{ at: sent + 30_000, tone: 'ok', count: 1 }]);
});

test('a verification that goes on is open at the end of its lane', () => {
  const verifying = operation({
    status: 'verifying',
    dispatchedAt: OPENED,
    finishedAt: OPENED,
    verification: { ...VERIFYING, from: OPENED + MINUTE },
  });
  const lanes = lanesOf({ incident: incident(), timeline: [], operations: [verifying] }, OPENED + 2 * MINUTE);
  expect(lanes.bars.verified).toMatchObject([{ left: 0.5, width: 0.5, open: true, tone: 'watch' }]);
  expect(lanes.marks.verified).toEqual([]);
});

test('a clock that runs ahead does not put marks beside the axis', () => {
  const lanes = lanesOf(
    { incident: incident(), timeline: [entry('triggered', OPENED + 99)], operations: [] },
    OPENED - 5_000,
  );
  for (const { left } of lanes.marks.seen) expect(left).toBeLessThanOrEqual(1);
});

test('evidence is drawn on one grid of times, with its threshold in the picture', () => {
  const [chart, ...others] = evidenceCharts(
    [
      {
        signal: 'errors',
        labels: { a: '1' },
        points: [
          [0, 0.1],
          [10, 0.2],
        ],
      },
      { signal: 'errors', labels: { a: '2' }, points: [[10, null]] },
    ],
    () => [0.05, 0.9],
    100,
    50,
  );
  expect(others).toEqual([]);
  expect(chart!.times).toEqual([0, 10]);
  expect(chart!.series.map(({ values }) => values)).toEqual([
    [0.1, 0.2],
    [null, null],
  ]);
  for (const { y } of chart!.thresholds) expect(y).toBeGreaterThanOrEqual(0);
  expect(chart!.thresholds[0]!.y).toBeGreaterThan(chart!.thresholds[1]!.y);
});
