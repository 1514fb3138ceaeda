import { describe, expect, test } from 'vitest';
import { verificationCharts } from '../../dashboard/src/charts/verification.ts';
import {
  approvalWords,
  heldBy,
  orderWords,
  outcomeWords,
  timesWords,
  toneOfOperation,
} from '../../dashboard/src/state/operations.ts';
import type { Verdict } from '../../model/operation.ts';
import { BEGAN, operation, VERIFYING } from './make-operation.ts';

const SECOND = 1_000;
const judged = (verdict: Verdict) => ({ verification: { ...VERIFYING, verdict, at: BEGAN + SECOND } });

test('what is done is said with its numbers, or with what is not known', () => {
  expect(orderWords(operation())).toBe('checkout 2 → 3');
  const order = { kind: 'scale', expectedCurrent: null, desired: null, bounds: { min: 1, max: 2 } } as const;
  expect(orderWords(operation({ order }))).toBe('checkout to scale');
  expect(orderWords(operation({ order: { ...order, desired: 2 }, rollbackOf: 'x' }))).toBe(
    'undo: checkout → 2',
  );
  const nothing = operation({ order: { ...order, expectedCurrent: 2, desired: 2 } });
  expect(orderWords(nothing)).toBe('checkout stays at 2');
  const remedy = { kind: 'remediate', action: 'roll\u202eback', parameters: {} } as const;
  expect(orderWords(operation({ order: remedy }))).toBe('roll\\u202eback of checkout');
});

test.each([
  [operation({ status: 'verified', ...judged('cured') }), 'cured', 'ok'],
  [operation({ status: 'rolled_back', ...judged('no_effect') }), 'no effect, undone', 'bad'],
  [operation({ status: 'rolled_back', ...judged('worse') }), 'worse, undone', 'bad'],
  [operation({ status: 'escalated', ...judged('no_effect') }), 'no effect, handed to people', 'bad'],
  [operation({ status: 'not_verified', ...judged('no_effect') }), 'no effect', 'bad'],
  [operation({ status: 'escalated', ...judged('unknown') }), 'unknown, handed to people', 'blind'],
  [operation({ status: 'verifying', verification: VERIFYING }), 'done, verifying', 'watch'],
  [operation({ status: 'awaiting_approval' }), 'waits for approval', 'watch'],
  [operation({ status: 'unknown' }), 'sent, answer unknown', 'blind'],
  [operation({ status: 'blocked' }), 'held back', 'new'],
  [operation({ status: 'succeeded', rollbackOf: 'slow.aa.e1.2.1' }), 'done', 'new'],
  [operation({ status: 'succeeded', mode: 'shadow' }), 'done, not verified (shadow)', 'new'],
])('its outcome is said as it is: %#', (one, words, tone) => {
  expect([outcomeWords(one), toneOfOperation(one)]).toEqual([words, tone]);
});

test('times are those that have come, in order; the guard that held it is named', () => {
  const one = operation({ status: 'blocked', since: BEGAN + 2 * SECOND, proposedAt: BEGAN + SECOND });
  expect(timesWords(one)).toMatch(/^fired [\d:]{8}, proposed after 1 s, ended after 1 s$/);
  const passed = { guard: 'mode', passed: true, reason: '' } as const;
  const held = { guard: 'cooldown', passed: false, reason: 'It cools down.' } as const;
  expect(heldBy([passed, held])).toBe(held);
  expect(heldBy([passed])).toBeNull();
});

test('who has to decide by when, and who has decided', () => {
  const approval = { role: 'admin', requestedAt: BEGAN, expiresAt: BEGAN + 90 * SECOND } as const;
  const waits = operation({ status: 'awaiting_approval', approval: { ...approval, decision: null } });
  expect(approvalWords(waits, BEGAN)).toMatch(/^Waits for an admin until .*, 1 min 30 left\.$/);
  const decision = { at: BEGAN, by: 'Ada', approved: false, comment: 'not now' };
  expect(approvalWords(operation({ approval: { ...approval, decision } }), BEGAN)).toBe(
    'Refused by Ada: not now',
  );
  expect(approvalWords(operation(), BEGAN)).toBe('');
});

describe('the chart of a verification', () => {
  const sample = (t: number, value: number | null) => ({
    t: BEGAN + t,
    truth: null,
    values: { slow: value },
  });
  const done = operation({
    dispatchedAt: BEGAN,
    verification: {
      ...VERIFYING,
      from: BEGAN + 10 * SECOND,
      until: BEGAN + 40 * SECOND,
      samples: [sample(5 * SECOND, 4_000), sample(10 * SECOND, null), sample(15 * SECOND, 1_500)],
      verdict: 'cured',
      at: BEGAN + 20 * SECOND,
    },
  });
  const series = [
    { signal: 'slow', labels: { service: 'cart' }, points: [[BEGAN - 5 * SECOND, 1]] },
    {
      signal: 'slow',
      labels: { service: 'checkout' },
      points: [
        [BEGAN - 600 * SECOND, 900],
        [BEGAN - 20 * SECOND, 3_000],
      ],
    },
  ] as const;

  test('begins before the action with what was kept of its own instance, and ends with the verdict', () => {
    const [chart, ...others] = verificationCharts(
      done,
      { series, operations: [done] },
      () => [2_000],
      400,
      100,
    );
    expect(others).toEqual([]);
    expect(chart).toMatchObject({
      signal: 'slow',
      before: 3_000,
      after: 1_500,
      from: BEGAN - 20 * SECOND,
      to: BEGAN + 20 * SECOND,
      sent: 200,
      judged: 400,
      window: { left: 300, width: 100 },
      targets: [{ value: 2_000 }],
    });
    expect(chart!.path.match(/M/g), 'a long pause and what was not known are gaps').toHaveLength(3);
  });

  test('knows from earlier actions of the incident how it was before', () => {
    const earlier = { ...done, id: 'slow.aa.e1.2.0', dispatchedAt: BEGAN - 60 * SECOND };
    const before = { ...earlier.verification!, samples: [sample(-SECOND, 2_500)] };
    const operations = [{ ...earlier, verification: before }, done];
    expect(verificationCharts(done, { series, operations }, () => [], 400, 100)[0]!.before).toBe(2_500);
  });

  test('is not there before something was sent and looked at', () => {
    const kept = { series, operations: [] };
    expect(verificationCharts(operation(), kept, () => [], 400, 100)).toEqual([]);
    expect(
      verificationCharts(
        operation({ dispatchedAt: BEGAN, verification: VERIFYING }),
        kept,
        () => [],
        400,
        100,
      ),
    ).toEqual([]);
  });
});
