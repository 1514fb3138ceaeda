/** When a budget will be spent, day by day. */
import { errorBudget } from '../rule.ts';
import { burnRate, type Counts, sumOf } from './budget.ts';

const WEEK = 7;
const MONTH = 28;
/** With fewer days behind it a forecast would be a guess. */
const LEAST_DAYS = 3;
/** Nobody plans further. */
const HORIZON_DAYS = 365;

export interface SpentIn {
  /**
   * `spent`: nothing is left. `in`: `days` at the usual rate. `never`: not within the window's time, or within a year, at
   * that rate. `young`: fewer than three days are known. `none`: no events.
   */
  kind: 'spent' | 'in' | 'never' | 'young' | 'none';
  /** Of kind `in`, else null. */
  days: number | null;
  /** The same at the rates of the last day and of the last 28, the earlier first; null is never. */
  range: readonly [earliest: number | null, latest: number | null];
}

export interface Spending {
  objective: string;
  /** Days of the window, oldest first, the last one is today. */
  days: readonly Counts[];
  /** Days that are left of a calendar window; null where old days roll off instead. */
  left: number | null;
}

const without = (kind: SpentIn['kind']): SpentIn => ({ kind, days: null, range: [null, null] });

/**
 * Days until the budget is spent: the window goes on day by day with the usual traffic (median of the last 7 days with
 * events) at the median burn of 7 days, old days roll off. Its range is the same at the burns of 1 and of 28 days. What
 * is left divided by the rate would ignore that old failures roll off.
 */
export function spentIn({ objective, days, left }: Spending): SpentIn {
  const total = sumOf(days);
  if (total.valid <= 0) return without('none');
  if (total.bad > errorBudget(objective) * total.valid) return without('spent');
  const known = days.filter(({ valid }) => valid > 0);
  if (known.length < LEAST_DAYS) return without('young');
  const recent = days.slice(-WEEK).filter(({ valid }) => valid > 0);
  const base = recent.length > 0 ? recent : known.slice(-WEEK);
  const traffic = median(base.map(({ valid }) => valid));
  const usual = median(base.map((day) => burnRate(objective, day)!));
  const simulate = (burn: number) => daysUntil({ objective, days, left }, traffic, burn);
  const at = simulate(usual);
  const others = [
    at,
    ...[1, MONTH].map((count) => simulate(burnRate(objective, sumOf(known.slice(-count)))!)),
  ];
  const sorted = others.map((one) => one ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const finite = (one: number) => (Number.isFinite(one) ? one : null);
  return {
    kind: at === null ? 'never' : 'in',
    days: at,
    range: [finite(sorted[0]!), finite(sorted.at(-1)!)],
  };
}

/** One future: days, with the part of the last one, until more is spent than there is; null when that never comes. */
function daysUntil({ objective, days, left }: Spending, traffic: number, burn: number): number | null {
  const share = errorBudget(objective);
  let { valid, bad } = sumOf(days);
  for (let ahead = 0; ahead < Math.min(left ?? HORIZON_DAYS, HORIZON_DAYS); ahead++) {
    const before = share * valid - bad;
    // Of a calendar window no day rolls off; of a rolling one, days of the simulation do after its length.
    const gone = left === null ? (days[ahead] ?? { valid: traffic, bad: burn * share * traffic }) : NOTHING;
    valid += traffic - gone.valid;
    bad += burn * share * traffic - gone.bad;
    const after = share * valid - bad;
    if (after < -1e-9 * share * valid) return ahead + (before > 0 ? before / (before - after) : 0);
  }
  return null;
}

const NOTHING: Counts = { valid: 0, bad: 0 };

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
