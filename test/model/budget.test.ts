/** The numbers of a promise, against examples by hand. */
import { describe, expect, test } from 'vitest';
import { blame } from '../../model/slo/blame.ts';
import {
  budgetLeft,
  burnDown,
  burnRate,
  type Counts,
  costOfOne,
  kept,
  spentAt,
  sumOf,
} from '../../model/slo/budget.ts';
import { spentIn } from '../../model/slo/spending.ts';
import { isBlind, stateOf } from '../../model/slo/state.ts';
import { SEED, seeded } from '../helpers/chance.ts';

const NONE: Counts = { valid: 0, bad: 0 };
const HOUR = 3_600_000;

describe('a budget', () => {
  test('of 99.9 % of 10,000 events is ten bad ones', () => {
    const counts = { valid: 10_000, bad: 4 };
    expect(kept(counts)).toBeCloseTo(0.9996, 12);
    expect(budgetLeft('0.999', counts)).toBeCloseTo(0.6, 12);
    expect(costOfOne('0.999', counts)).toBeCloseTo(0.1, 12);
    expect(burnRate('0.999', counts)).toBeCloseTo(0.4, 12);
  });

  test('is below nothing when more was spent than there was', () => {
    expect(budgetLeft('0.99', { valid: 100, bad: 3 })).toBeCloseTo(-2, 12);
  });

  test('says nothing without events: neither 100 % nor 0 %', () => {
    expect([kept(NONE), budgetLeft('0.99', NONE), costOfOne('0.99', NONE), burnRate('0.99', NONE)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(burnDown('0.99', [NONE, NONE])).toEqual([]);
  });

  test('goes down slot by slot to what is left, and another objective fails in the slot that spends it', () => {
    const slots = [{ valid: 500, bad: 0 }, { valid: 200, bad: 4 }, NONE, { valid: 300, bad: 2 }];
    expect(burnDown('0.99', slots).map((left) => Math.round(left * 100))).toEqual([100, 60, 60, 40]);
    expect([spentAt('0.99', slots), spentAt('0.995', slots), spentAt('0.999', slots)]).toEqual([-1, 3, 1]);
  });
});

describe('a budget is spent', () => {
  const days = (...bad: number[]): Counts[] => bad.map((one) => ({ valid: 1_000, bad: one }));
  const rolling = (counts: readonly Counts[], objective = '0.99') =>
    spentIn({ objective, days: counts, left: null });

  test('after the days that its rest lasts, when no old failure rolls off', () => {
    // 100 of 10,000 may be bad; 20 a day for three days leave 40, and nothing rolls off for seven days: two days.
    const spent = rolling(days(0, 0, 0, 0, 0, 0, 0, 20, 20, 20));
    expect(spent.kind).toBe('never');
    const steady = rolling(days(0, 0, 0, 20, 20, 20, 20, 20, 0, 0));
    // The median of the last seven is 20; the budget of 100 is just used up, the next 20 are too many.
    expect(steady).toMatchObject({ kind: 'in', days: 0 });
  });

  test('not at all at a rate that the window bears, as old failures roll off', () => {
    // What is left divided by the rate would say 50/5 = 10 days.
    expect(rolling(days(5, 5, 5, 5, 5, 5, 5, 5, 5, 5))).toEqual({
      kind: 'never',
      days: null,
      range: [null, null],
    });
  });

  test('sooner or later by the burns of one day and of 28', () => {
    // A burn of twice the budget on the last day only: usual is nothing, today's rate spends what is left.
    const spent = rolling(days(...new Array(27).fill(0), 20));
    expect(spent.kind).toBe('never');
    expect(spent.range[1]).toBeNull();
    // 280 may be bad, 20 were, each day adds 20 and takes none away: 260 last 13 days.
    expect(spent.range[0]).toBeCloseTo(13, 9);
  });

  test('by the end of a calendar window or not at all, and there nothing rolls off', () => {
    const counts = days(12, 12, 12, 12);
    const over = spentIn({ objective: '0.985', days: counts, left: 27 });
    // 60 may be bad, 48 are; a day brings 12 and 15 more may be.
    expect(over.kind).toBe('never');
    const tight = spentIn({ objective: '0.985', days: days(0, 12, 18, 18), left: 27 });
    // 60 may be bad, 48 are, and at the median of 15 a day as many more may be: never; at 18 a day 12 last 4 days.
    expect(tight).toMatchObject({ kind: 'never', range: [4, null] });
    expect(spentIn({ objective: '0.985', days: days(0, 12, 18, 18), left: 3 }).range).toEqual([null, null]);
  });

  test('is not foretold of fewer than three days, of nothing, or of what is spent', () => {
    expect(rolling([NONE, ...days(1, 1)]).kind).toBe('young');
    expect(rolling([NONE, NONE, NONE]).kind).toBe('none');
    expect(rolling(days(0, 0, 0, 41)).kind).toBe('spent');
  });

  test('earlier the more goes wrong, within its range, whatever the days were', () => {
    const random = seeded();
    for (let i = 0; i < 300; i++) {
      const counts = Array.from({ length: random.between(3, 42) }, () => {
        const valid = random.between(0, 999);
        return { valid, bad: Math.min(valid, random.between(0, 11)) };
      });
      const one = rolling(counts);
      const more = rolling(counts.map(({ valid, bad }) => ({ valid, bad: Math.min(valid, bad * 1.2) })));
      if (one.kind !== 'in') continue;
      expect(one.days!, `SEED=${SEED}`).toBeGreaterThanOrEqual(one.range[0]!);
      expect(one.days!).toBeLessThanOrEqual(one.range[1] ?? Number.POSITIVE_INFINITY);
      expect(['in', 'spent']).toContain(more.kind);
      expect(more.days ?? 0).toBeLessThanOrEqual(one.days! + 1e-6);
      expect(sumOf(counts).bad).toBeLessThanOrEqual(0.01 * sumOf(counts).valid * (1 + 1e-9));
    }
  });
});

describe('a promise is', () => {
  const now = 100 * HOUR;
  const never = { kind: 'never', days: null, range: [null, null] } as const;
  const seen = { valid: 6_000, first: 0, last: now - 60_000, now };

  test.each([
    ['ok', seen, 0.5, never],
    ['watch', seen, 0.2, never],
    ['watch', seen, 0.5, { kind: 'in', days: 6, range: [4, 11] } as const],
    ['ok', seen, 0.5, { kind: 'in', days: 8, range: [4, 11] } as const],
    ['bad', seen, -0.01, never],
    ['new', { ...seen, valid: 0, first: null, last: null }, null, never],
    ['blind', { ...seen, last: now - HOUR }, 1, never],
    ['bad', { ...seen, last: now - HOUR }, -1, never],
  ])('%s', (state, of, left, spent) => {
    expect(stateOf(of, left, spent)).toBe(state);
  });

  test('blind only after a silence in which enough should have come', () => {
    expect(isBlind({ ...seen, last: now - 10 * 60_000 }), 'ten minutes').toBe(false);
    expect(isBlind({ ...seen, valid: 60, last: now - HOUR }), 'one event was to be expected').toBe(false);
    expect(isBlind({ ...seen, valid: 60, first: 0, last: now - 60 * HOUR }), '60 or more were').toBe(true);
  });
});

describe('what spent a budget', () => {
  const range = { from: 0, to: 10 * HOUR };
  const at = (hour: number, bad: number) => ({ at: hour * HOUR, bad });

  test('is told by when it was: incidents before releases, the later before the earlier, the rest last', () => {
    const incident = { kind: 'incident', name: '7', from: HOUR + 20_000, to: 2 * HOUR } as const;
    const release = { kind: 'release', name: 'payment 1.4.3', from: HOUR, to: 4 * HOUR } as const;
    const later = { kind: 'release', name: 'cart 2', from: 3 * HOUR, to: 4 * HOUR } as const;
    const spent = blame([at(1, 30), at(2, 10), at(3, 20), at(9, 40)], [release, later, incident], range);
    expect(spent.map(({ kind, name, share }) => [kind, name, share])).toEqual([
      ['incident', '7', 0.3],
      ['release', 'cart 2', 0.2],
      ['release', 'payment 1.4.3', 0.1],
      ['background', '', 0.4],
    ]);
  });

  test('is nothing when nothing was bad', () => {
    expect(blame([], [], range)).toEqual([]);
  });
});
