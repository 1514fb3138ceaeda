import type { TickOutcome } from '../../model/evaluation.ts';
import type { RuleSet } from '../../model/rule.ts';
import type { Book, Folded } from './book.ts';

/**
 * Folds what one tick decided into the book of incidents: pure and deterministic. To be called for every tick, also
 * for those without transitions, because escalation, repeats and the end of a silence come with time.
 * @param now the time people live in, for what concerns them: silences, repeats, escalation; default the tick's
 */
export function foldTick(book: Book, outcome: TickOutcome, set: RuleSet, now: number = outcome.t): Folded {
  void [outcome, set, now];
  return { book, changed: [], events: [], notices: [] };
}
