/** What is left of an error budget, and how far a promise was kept. */
import { errorBudget } from '../rule.ts';

/** Events that count, and those of them that were bad; both may be fractions, for sampled spans are weighted. */
export interface Counts {
  valid: number;
  bad: number;
}

/** Σgood/Σvalid, 0 to 1; null without events, for what nobody used was neither kept nor broken. */
export function kept({ valid, bad }: Counts): number | null {
  return valid > 0 ? Math.max(0, 1 - bad / valid) : null;
}

/**
 * The share of the budget that is left: 1 − bad / ((1 − o) · valid), below 0 when more was spent than there was; null
 * without events. SRE workbook, ch. 2.
 * @param objective decimal string in (0, 1)
 */
export function budgetLeft(objective: string, { valid, bad }: Counts): number | null {
  return valid > 0 ? 1 - bad / (errorBudget(objective) * valid) : null;
}

/** The share of the budget that one bad event takes: 1 / ((1 − o) · valid); null without events. */
export function costOfOne(objective: string, { valid }: Counts): number | null {
  return valid > 0 ? 1 / (errorBudget(objective) * valid) : null;
}

/** How many times faster than the objective allows the budget goes: (bad / valid) / (1 − o); null without events. */
export function burnRate(objective: string, { valid, bad }: Counts): number | null {
  return valid > 0 ? bad / valid / errorBudget(objective) : null;
}

/** All of them together. */
export function sumOf(counts: readonly Counts[]): Counts {
  return counts.reduce<Counts>((sum, { valid, bad }) => ({ valid: sum.valid + valid, bad: sum.bad + bad }), {
    valid: 0,
    bad: 0,
  });
}

/**
 * The budget of a whole window as it went, slot by slot: what was left after each, against the events of all slots.
 * @returns as many as `slots`, the last is `budgetLeft` of their sum; empty without events
 */
export function burnDown(objective: string, slots: readonly Counts[]): number[] {
  const budget = errorBudget(objective) * sumOf(slots).valid;
  if (budget <= 0) return [];
  let bad = 0;
  return slots.map((slot) => {
    bad += slot.bad;
    return 1 - bad / budget;
  });
}

/** The place of the slot after which the budget of the whole window was spent; −1 when it was not. */
export function spentAt(objective: string, slots: readonly Counts[]): number {
  return burnDown(objective, slots).findIndex((left) => left < 0);
}
