/** What pages say of promises. */
import { describe, expect, test } from 'vitest';
import { burnDownPath } from '../../dashboard/src/charts/burndown.ts';
import {
  againstLastWeek,
  caveats,
  leftText,
  moneyText,
  objectiveText,
  promiseText,
  reasonText,
  spentInText,
  stateWords,
} from '../../dashboard/src/state/transactions.ts';
import type { TransactionSummary } from '../../model/transaction.ts';

const DAY = 86_400_000;
const NOW = 100 * DAY;
const one: TransactionSummary = {
  ...{ name: 'checkout', summary: '', owner: '', objective: '0.999', window: { rolling: 28 * DAY } },
  transaction: { steps: [[]], withoutError: true, fasterThan: 3_000 },
  ...{ from: NOW - 28 * DAY, to: NOW, state: 'ok', isCounted: true, valid: 100_000, bad: 10 },
  ...{ kept: 0.9999, keptBefore: 0.9999, budgetLeft: 0.9, costOfOne: 0.01 / 100_000, burnDown: [] },
  spentIn: { kind: 'never', days: null, range: [null, null] },
  ...{
    lost: null,
    firstSeen: 0,
    lastSeen: NOW,
    days: 28,
    daysWithEvents: 28,
    excludedMs: 0,
    isSampled: false,
  },
};

test('an objective is said to the digit', () => {
  expect(['0.99', '0.999', '0.9950', '0.5', '0.05', '0.9999999'].map(objectiveText)).toEqual([
    '99 %',
    '99.9 %',
    '99.5 %',
    '50 %',
    '5 %',
    '99.99999 %',
  ]);
});

test('a promise is one line', () => {
  expect(promiseText(one)).toBe('99.9 % without error, under 3 s, 28 d');
  expect(promiseText({ ...one, transaction: null, window: { calendar: 'month', zone: 'UTC' } })).toBe(
    '99.9 % good, this month',
  );
});

test('what is left is a share, and what was overspent too, in whole percent', () => {
  expect([null, 1, 0.123, 0, -0.5, -20].map(leftText)).toEqual([
    '–',
    '100 %',
    '12.3 %',
    '0 %',
    '−50 %',
    '−2,000 %',
  ]);
});

test('days until it is spent have a range, and are not said when nobody can know', () => {
  expect(spentInText({ kind: 'in', days: 6.2, range: [4, 10.6] })).toBe('6 d (4–11)');
  expect(spentInText({ kind: 'in', days: 0.4, range: [0.2, null] })).toBe('< 1 d (< 1–never)');
  expect(spentInText({ kind: 'never', days: null, range: [12, null] })).toBe('not at this rate (12–never)');
  expect(
    ['never', 'young', 'none', 'spent'].map((kind) => spentInText({ ...one.spentIn, kind } as never)),
  ).toEqual(['not at this rate', 'too early', '–', 'spent']);
});

describe('the small print', () => {
  test('is empty when there is nothing to say', () => {
    expect(caveats(one, NOW)).toEqual([]);
  });

  test('says a short history, few events, silence, sampling and maintenance', () => {
    expect(caveats({ ...one, firstSeen: NOW - 12 * 60_000, daysWithEvents: 1 }, NOW)).toEqual([
      'Known for 12 min only, of 28 days.',
    ]);
    expect(
      caveats({ ...one, daysWithEvents: 20, costOfOne: 0.03, isSampled: true, excludedMs: 7_200_000 }, NOW),
    ).toEqual([
      'Seen on 20 of 28 days.',
      'Few events: one bad takes 3 % of the budget.',
      'Spans are sampled, so counts are estimates; head sampling may miss errors.',
      '2 h of maintenance do not count.',
    ]);
  });
});

test('a state is explained by its numbers', () => {
  expect(stateWords({ ...one, state: 'bad', bad: 200 }, NOW)).toBe(
    '200 of 100 k were bad, more than 99.9 % allows',
  );
  expect(stateWords({ ...one, state: 'blind', lastSeen: NOW - 3_600_000 }, NOW)).toContain('for 1 h');
  expect(stateWords({ ...one, isCounted: false, state: 'new' }, NOW)).toContain('metrics or logs');
});

test('a week ago is the same within a tenth of the budget', () => {
  expect(againstLastWeek({ ...one, keptBefore: 0.99985 })).toEqual({ text: '≈', tone: '' });
  expect(againstLastWeek({ ...one, keptBefore: 0.998 })).toEqual({ text: 'better by 0.19', tone: 'ok' });
  expect(againstLastWeek({ ...one, kept: 0.998 })).toEqual({ text: 'worse by 0.19', tone: 'bad' });
  expect(againstLastWeek({ ...one, keptBefore: null }).text).toBe('–');
});

test('money has its currency, also one that nobody knows', () => {
  expect([moneyText({ amount: 1_234.5, currency: 'EUR' }), moneyText(null)]).toEqual(['€1,235', '–']);
  expect(moneyText({ amount: 5, currency: 'XQZ' })).toContain('5');
});

test('a reason names the error, its service and release', () => {
  const reason = { kind: 'error', service: 'payment', version: '1.4.3', what: '504', traces: 1 } as const;
  expect(reasonText(reason)).toBe('HTTP 504 in payment 1.4.3');
  expect(reasonText({ ...reason, kind: 'slow', what: 'POST /charges', version: '' })).toBe(
    'slow: waited most for POST /charges in payment',
  );
});

describe('the line of a budget', () => {
  test('falls from all to nothing, and below is overspent', () => {
    expect(burnDownPath([1, 0.5, 0], 102, 104)).toMatchObject({
      line: 'M2 2L51 52L100 102',
      overspent: '',
      zero: 102,
    });
    const over = burnDownPath([1, -1, -9], 102, 104);
    expect(over).toMatchObject({ line: 'M2 2L51 102L100 102', zero: 52, last: { x: 100, y: 102 } });
    expect(over.overspent).toBe('M51 52L51 102L100 102L100 52Z');
  });

  test('is nothing without events', () => {
    expect(burnDownPath([], 100, 20).line).toBe('');
  });
});
