/** Finds out about incidents that were resolved what only the store knows, while it knows it, and freezes it with them. */
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Findings } from '../../model/findings.ts';
import type { Incident } from '../../model/incident.ts';
import type { Rule, RuleSet } from '../../model/rule.ts';
import type { State } from '../../store/state/state.ts';
import { type Background, inBackground } from './background.ts';
import { indexOf } from './draft.ts';

/** The store's side of it is handed in. What cannot be read is said in `missing`. */
export type CollectFindings = (
  incident: Incident,
  rule: Rule | undefined,
  isStopped: () => boolean,
) => Promise<Findings>;

export interface FindingsOptions {
  state: State;
  set: () => RuleSet;
  clock: Clock;
  findings: CollectFindings;
}

/** A herd has one cause: of the newest of these it is told, of the others nobody would read it. */
const MOST_WAITING = 20;
/** A store that was away may come back; after so long it is written down what is missing. */
const GIVE_UP_MS = 10 * 60_000;

/** Works on all that were resolved since, the newest first. */
export const createFindings = (options: FindingsOptions): Background =>
  inBackground((isStopped) => findAll(options, isStopped));

async function findAll(
  { state, set, clock, findings }: FindingsOptions,
  isStopped: () => boolean,
): Promise<void> {
  const later = new Set<number>();
  for (;;) {
    const waiting = state.incidents.withoutFindings(MOST_WAITING + 1).filter((number) => !later.has(number));
    const [number] = waiting;
    if (number === undefined) return;
    const { incident } = state.incidents.get(number)!;
    const resolvedAt = incident.resolved!.at;
    const rule = indexOf(set().rules).byName.get(incident.rule);
    const found = await findings(incident, rule, isStopped).catch(nothing);
    if (isStopped()) return;
    const mayCome = found.missing.length > 0 && clock.now() - resolvedAt < GIVE_UP_MS;
    if (mayCome) later.add(number);
    else state.incidents.setFindings(number, found, resolvedAt);
    if (waiting.length > MOST_WAITING) {
      const last = waiting.at(-1)!;
      state.incidents.setFindings(last, null, state.incidents.get(last)!.incident.resolved!.at);
    }
  }
}

const nothing = (thrown: unknown): Findings => ({
  ...{ releases: [], budgets: [], missing: [messageOf(thrown).slice(0, 300)] },
  hindsight: { others: [], proposal: null, missing: 'it could not be read' },
});
