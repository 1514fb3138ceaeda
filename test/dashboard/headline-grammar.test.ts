/** Which sentence stands on the overview: a test for each kind, by the order in which one goes before another. */
import { describe, expect, test } from 'vitest';
import { type Facts, LONGEST, textOf } from '../../dashboard/src/state/headline/words.ts';
import { headlineOf } from '../../dashboard/src/state/headline.ts';
import { moment } from '../../dashboard/src/time.ts';
import type { CapacityView, ResourceView } from '../../model/capacity.ts';
import type { ReleaseView } from '../../model/impact.ts';
import type { IncidentSummary } from '../../model/incident.ts';
import type { LatestRun, ProbeSummary, ProbeTrend } from '../../model/probes.ts';
import type { ServiceSummary } from '../../model/service.ts';
import type { TransactionSummary } from '../../model/transaction.ts';
import { operation as makeOperation } from './make-operation.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOW = Date.UTC(2026, 10, 21, 14, 20);
const RANGE = { from: NOW - 60 * MINUTE, to: NOW };
const at = (minutesAgo: number) => NOW - minutesAgo * MINUTE;
const time = (minutesAgo: number) => moment(at(minutesAgo), NOW);

const service = (name: string, more: Partial<ServiceSummary> = {}): ServiceSummary => ({
  ...{ service: name, basis: 'server', apdex: 1, versions: [], lastSeen: NOW },
  ...{ requests: 18_720, errors: 0, p50: 1, p95: 210, p99: 1, trend: [], errorTrend: [] },
  ...more,
});
const latest = (more: Partial<LatestRun> = {}): LatestRun => ({
  ...{ location: 'Frankfurt', traceId: 'a', scheduledAt: at(1), durationMs: 1 },
  ...{ verdict: 'passed', failureClass: '', message: '' },
  ...more,
});
const failed = (failureClass: 'target' | 'probe', more: Partial<LatestRun> = {}) =>
  latest({ verdict: 'failed', failureClass, ...more });
const probe = (name: string, more: Partial<ProbeSummary> = {}): ProbeSummary => ({
  ...{
    name,
    kind: 'journey',
    tags: {},
    every: MINUTE,
    threshold: 2_500,
    scheduled: true,
    latest: [latest()],
  },
  ...{ runs: 1, tainted: 0, wait: 1_100, certificateExpiresAt: null, trend: [] },
  availability: { up: 1, down: 0, blind: 0, value: 1, lowest: 1, highest: 1 },
  ...more,
});
const transaction = (name: string, more: Partial<TransactionSummary> = {}): TransactionSummary => ({
  ...{ name, summary: '', owner: '', objective: '0.999', window: { rolling: 28 * DAY }, transaction: null },
  ...{ from: 0, to: NOW, state: 'ok', isCounted: true, valid: 1_000, bad: 0, kept: 1, keptBefore: null },
  ...{ budgetLeft: 1, costOfOne: null, burnDown: [], lost: null, firstSeen: 0, lastSeen: NOW, days: 28 },
  ...{ daysWithEvents: 28, excludedMs: 0, isSampled: false },
  spentIn: { kind: 'never', days: null, range: [null, null] },
  ...more,
});
const incident = (more: Partial<IncidentSummary> = {}): IncidentSummary => ({
  ...{
    number: 412,
    rule: 'r',
    title: 'Buyers wait 4.1 s',
    severity: 'page',
    status: 'triggered',
    openedAt: at(9),
  },
  ...{ resolvedAt: null, acknowledgedBy: '', firing: 1, alerts: 1, flapping: false, labels: {}, group: {} },
  ...more,
});
const release = (name: string, version: string, minutesAgo: number, undone = false): ReleaseView => ({
  ...{ service: name, version, previous: '', at: at(minutesAgo), undone },
  verdict: { word: 'unknown', changes: [] },
});
const capacity = (days: number): CapacityView => ({
  ...{ range: RANGE, stepMs: MINUTE, more: 0, bottleneck: null },
  resources: [
    {
      ...{ id: 'filesystem|db|', kind: 'filesystem', owner: 'db', member: '/data' },
      full: { known: true, days, earliest: days - 2, latest: days + 5 },
    } as ResourceView,
  ],
});

const view = (probes: ProbeSummary[]) => ({ range: RANGE, probes, locations: [] });
const promises = (...transactions: TransactionSummary[]) => ({ at: NOW, transactions });
const WELL: Facts = {
  services: { range: RANGE, environments: [], services: [service('shop-web', { errors: 75 })] },
  probes: view([probe('login'), probe('home', { wait: 600 })]),
  transactions: promises(...['a', 'b', 'c', 'd', 'e'].map((name) => transaction(name))),
  ...{ incidents: [], operations: [], releases: [], phrase: 'in the last hour', env: '', now: NOW },
};
const told = (more: Partial<Facts> = {}) => headlineOf({ ...WELL, ...more });
const said = (more: Partial<Facts> = {}) => {
  const { state, kind, sentence } = told(more);
  return `${state} ${kind}: ${textOf(sentence)}`;
};
const second = (more: Partial<Facts> = {}) => textOf(told(more).second);

const SILENT = view(
  [1, 2, 3].map((n) => probe(`p${n}`, { latest: [failed('probe', { scheduledAt: at(28) })] })),
);
/** Twenty slots of three minutes, the last five of which are slow. */
const SLOW_TREND: ProbeTrend[] = Array.from({ length: 20 }, (_, i) => ({
  ...{ up: 1, down: 0, blind: 0 },
  wait: i < 15 ? 1_000 : 4_100,
}));
const SLOW = view([probe('Checkout', { wait: 4_100, trend: SLOW_TREND }), probe('home')]);
const CURE = makeOperation({
  ...{ rule: 'checkout-slow', target: 'checkout', status: 'verified', began: at(20), rollbackOf: '' },
  order: { kind: 'scale', expectedCurrent: 2, desired: 4, bounds: { min: 1, max: 4 } },
  verification: { from: at(12), until: at(5), samples: [], branches: [], verdict: 'cured', at: at(9) },
});
const UNDO = {
  ...CURE,
  target: 'payment',
  order: { kind: 'remediate', action: 'roll_back', parameters: {} } as const,
};
const SPENDING = promises(
  transaction('a'),
  transaction('Checkout', { state: 'watch', spentIn: { kind: 'in', days: 6, range: [4, 11] } }),
);

describe('the sentence', () => {
  test('all is well: how many promises are kept, and the slowest journey', () => {
    expect(said()).toBe(
      'ok well: All 5 transactions keep their promise; the slowest journey, login, takes 1.1 s.',
    );
  });

  test('nothing is called well before what was promised is known', () => {
    expect(told({ transactions: undefined }).kind).toBe('no-targets');
    expect(told({ incidents: undefined }).kind).toBe('no-targets');
  });

  test('a promise of which nothing was ever seen is not counted as kept', () => {
    const transactions = promises(transaction('a'), transaction('b', { state: 'new' }));
    expect(said({ transactions })).toContain('1 of 2 transactions keep their promise');
    expect(second({ transactions })).toBe('Of 1 transaction nothing was seen yet. ');
  });

  test('no probe can look: nobody is said to be well or hurt, and real traffic stands beside', () => {
    expect(said({ probes: SILENT })).toBe(
      `blind blind: We cannot say whether p1 works: all 3 probes are silent since ${time(28)}.`,
    );
    expect(second({ probes: SILENT })).toBe(
      'Real traffic still answers (5.2/s, 0.4 % errors). Probe rules hold their state.',
    );
  });

  test('users are hurt: actual against target, from where, since when, and the release before, not as its cause', () => {
    expect(said({ probes: SLOW, releases: [release('payment', '1.4.3', 17)] })).toBe(
      `bad users-hurt: Checkout is slow, seen from Frankfurt: 4.1 s against 2.5 s since ${time(15)}, 2 min after payment 1.4.3.`,
    );
  });

  test('a failure goes before slowness', () => {
    const probes = view([...SLOW.probes, probe('login', { latest: [failed('target')] })]);
    expect(said({ probes })).toContain('bad users-hurt: login fails, seen from Frankfurt');
    expect(second({ probes })).toBe('2 of 3 probes fail or are slow. ');
  });

  test('real users are hurt though probes are fine: the incident, and that nothing was released before', () => {
    expect(said({ incidents: [incident()] })).toBe(
      `bad real-users-hurt: Buyers wait 4.1 s since ${time(9)}; no release in the 30 minutes before.`,
    );
    expect(told({ incidents: [incident({ severity: 'warning' })] }).kind).toBe('well');
  });

  test('without an incident, a service that fails', () => {
    const trend = Array.from({ length: 20 }, () => 100);
    const errorTrend = trend.map((_, i) => (i < 15 ? 0 : 12));
    const services = {
      ...WELL.services,
      services: [service('checkout', { requests: 2_000, errors: 60, trend, errorTrend })],
    };
    expect(said({ services })).toBe(
      `bad real-users-hurt: 12 % of requests to checkout fail since ${time(15)}; no release in the 30 minutes before.`,
    );
  });

  test('a promised transaction that is not seen is blind, never well', () => {
    const transactions = promises(
      transaction('a'),
      transaction('refund', { state: 'blind', lastSeen: at(40) }),
    );
    expect(said({ transactions })).toBe(
      'blind unseen: We cannot say whether refund is kept: nothing of it was seen for 40 min.',
    );
  });

  test('cured within the hour: what it was, what cured it, and that it was verified', () => {
    expect(said({ operations: [CURE] })).toBe(
      `ok cured: checkout is healthy again: checkout-slow ${time(20)}–${time(9)}, checkout 2 → 4 cured it (verified).`,
    );
    const old = { ...CURE, verification: { ...CURE.verification!, at: at(61) } };
    expect(told({ operations: [old] }).kind).toBe('well');
  });

  test('a release is called the cause only when its roll-back was verified', () => {
    const releases = [release('payment', '1.4.3', 25, true)];
    expect(said({ operations: [UNDO], releases })).toBe(
      `ok cured: payment 1.4.3 caused it, ${time(20)}–${time(9)}: it ended with the roll-back (verified).`,
    );
    for (const facts of [
      { operations: [CURE], releases },
      { probes: SLOW, releases },
      { incidents: [incident()], releases },
    ])
      expect(said(facts)).not.toContain('caused');
  });

  test('something runs out within four weeks: a budget, or a resource', () => {
    expect(said({ transactions: SPENDING })).toBe(
      "watch runs-out: All is well now, but Checkout's budget is spent in 6 days (4–11) at this week's rate.",
    );
    expect(said({ capacity: capacity(12) })).toContain('but Disk /data of db is full in 12 days');
    expect(told({ capacity: capacity(40) }).kind).toBe('well');
  });

  test('a budget that is spent is not called well', () => {
    const spent = {
      state: 'bad',
      kept: 0.992,
      spentIn: { kind: 'spent', days: null, range: [null, null] },
    } as const;
    expect(said({ transactions: promises(transaction('Checkout', spent)) })).toBe(
      'bad runs-out: Checkout has spent its budget: 99.2 % kept against 99.9 %.',
    );
  });

  test('no targets: how many report, and the busiest', () => {
    expect(said({ probes: view([]), transactions: promises() })).toBe(
      'new no-targets: 1 service reports, no target is set yet. Busiest: shop-web, 5.2/s, 0.4 % errors, p95 210 ms.',
    );
  });
});

test('what is worse goes first', () => {
  const all: Partial<Facts> = {
    ...{ probes: SILENT, incidents: [incident()], operations: [CURE] },
    transactions: promises(...SPENDING.transactions, transaction('refund', { state: 'blind' })),
  };
  const kinds = [all];
  const next = (more: Partial<Facts>) => kinds.push({ ...kinds.at(-1), ...more });
  next({ probes: SLOW });
  next({ probes: WELL.probes });
  next({ incidents: [] });
  next({ transactions: SPENDING });
  next({ operations: [] });
  next({ transactions: WELL.transactions });
  expect(kinds.map((facts) => told(facts).kind)).toEqual([
    'blind',
    'users-hurt',
    'real-users-hurt',
    'unseen',
    'cured',
    'runs-out',
    'well',
  ]);
});

test('line two: what is done now and who has it, and what lies ahead', () => {
  const verifying = {
    ...CURE,
    status: 'verifying' as const,
    incident: 412,
    verification: { ...CURE.verification!, verdict: null, until: NOW + 3 * MINUTE },
  };
  const words = second({
    incidents: [incident({ status: 'acknowledged', acknowledgedBy: 'Ana' })],
    operations: [verifying],
    transactions: SPENDING,
  });
  expect(words).toBe(
    "Now: checkout 2 → 4 by checkout-slow: done, verifying, 3 min left. #412, 9 min, Ana. Ahead: Checkout's budget is spent in 6 days (4–11).",
  );
});

test('the sentence stays one line and its nouns are links, whatever the names are', () => {
  const long = '\u202e'.padEnd(1_000, 'x');
  const cases: Partial<Facts>[] = [
    { probes: view([probe(long, { latest: [failed('target', { location: long })] })]) },
    { incidents: [incident({ title: long })], releases: [release(long, long, 9)] },
    { probes: view([probe(long)]), transactions: promises(transaction(long)) },
    { operations: [{ ...UNDO, target: long }], releases: [release(long, long, 25, true)] },
  ];
  for (const facts of cases) expect(textOf(told(facts).sentence).length).toBeLessThanOrEqual(LONGEST + 20);
  expect(told({ incidents: [incident()] }).sentence[0]).toEqual({
    text: 'Buyers wait 4.1 s',
    path: '/incidents/412',
  });
});
