import type { TickOutcome } from '../../model/evaluation.ts';
import type { RuleSet } from '../../model/rule.ts';
import type { Book, Folded } from './book.ts';
import { Draft, indexOf } from './draft.ts';
import { foldOwn } from './own.ts';
import { tellAll } from './tell.ts';
import { foldTransition, forget, keyOf, settle } from './transitions.ts';

/**
 * Folds what one tick decided into the book of incidents: pure and deterministic. To be called for every tick, also
 * for those without transitions, because escalation, repeats and the end of a silence come with time.
 * @param now the time people live in, for what concerns them: silences, repeats, escalation; default the tick's
 */
export function foldTick(book: Book, outcome: TickOutcome, set: RuleSet, now: number = outcome.t): Folded {
  const draft = new Draft(book, now);
  adoptRenames(draft, set);
  foldOwn(draft, outcome);
  const { byName } = indexOf(set.rules);
  for (const transition of outcome.transitions)
    foldTransition(draft, transition, byName.get(transition.rule));
  if (outcome.removed.length > 0) forget(draft, outcome.removed, outcome.t);
  settle(draft, byName, outcome.t);
  tellAll(draft, set);
  for (const incident of [...draft.incidents()])
    if (incident.status === 'resolved' && incident.reopenUntil <= outcome.t) draft.drop(incident.key);
  return draft.done();
}

/** `previously` renames a rule; its incidents follow. */
function adoptRenames(draft: Draft, set: RuleSet): void {
  const { byName, renamed } = indexOf(set.rules);
  if (renamed.size === 0) return;
  for (const incident of [...draft.incidents()]) {
    const name = byName.has(incident.rule) ? undefined : renamed.get(incident.rule);
    if (name === undefined) continue;
    draft.say(incident, 'renamed', `The rule ${incident.rule} is called ${name} now.`);
    draft.move(incident, keyOf(name, incident.group));
    const moved = draft.get(keyOf(name, incident.group))!;
    draft.edit(moved).incident.rule = name;
  }
}
