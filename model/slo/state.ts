/** In which of five states a promise is. */
import type { SpentIn } from './spending.ts';

/** `new`: nothing of it was ever seen. `blind`: it was, and is not any more. */
export type PromiseState = 'ok' | 'watch' | 'bad' | 'blind' | 'new';

const MINUTE_MS = 60_000;
/** Quiet for so long is quiet in any traffic. */
const LEAST_SILENCE_MS = 15 * MINUTE_MS;
/** Events that should have come meanwhile: by chance (Poisson) none of 20 come once in 5 · 10^8 times. */
const LEAST_EXPECTED = 20;
const LITTLE_BUDGET = 0.25;
const SOON_DAYS = 7;

export interface Seen {
  valid: number;
  /** Unix ms of the first and last minute with events, and of now. */
  first: number | null;
  last: number | null;
  now: number;
}

/** Whether silence since the last event means that nobody sees the transactions, and not that there are none. */
export function isBlind({ valid, first, last, now }: Seen): boolean {
  if (first === null || last === null) return false;
  const silence = now - last - MINUTE_MS;
  const perMs = valid / Math.max(MINUTE_MS, last - first + MINUTE_MS);
  return silence >= LEAST_SILENCE_MS && perMs * silence >= LEAST_EXPECTED;
}

/** A broken promise stays broken while nobody sees; else that goes first, for what is not seen is not well. */
export function stateOf(seen: Seen, budgetLeft: number | null, spentIn: SpentIn): PromiseState {
  if (budgetLeft === null) return 'new';
  if (budgetLeft < 0) return 'bad';
  if (isBlind(seen)) return 'blind';
  const isSoon = spentIn.kind === 'in' && spentIn.days! <= SOON_DAYS;
  return budgetLeft < LITTLE_BUDGET || isSoon ? 'watch' : 'ok';
}
