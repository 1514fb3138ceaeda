import type { Clock } from '../../base/clock.ts';
import type { TickOutcome, Transition } from '../../model/evaluation.ts';
import type { Evidence, Incident } from '../../model/incident.ts';
import type { Rule, RuleSet } from '../../model/rule.ts';
import type { State } from '../../store/state/state.ts';

/** Series, traces and logs around an opening; the store's side of it is handed in. Branches and samples are known. */
export type CollectEvidence = (
  incident: Incident,
  rule: Rule | undefined,
) => Promise<Pick<Evidence, 'series' | 'traces' | 'logs' | 'missing'>>;

export interface IncidentsOptions {
  state: State;
  set: () => RuleSet;
  clock: Clock;
  evidence: CollectEvidence;
  /** Called after a commit that put something into the outbox. */
  told?: () => void;
}

export interface IncidentDesk {
  /**
   * Writes all that one tick decided: states, incidents, timeline and outbox in one transaction. Synchronous; nothing
   * is written when it throws, and the same outcome may be applied again.
   */
  apply(outcome: TickOutcome): void;
}

export type Openings = ReadonlyMap<number, Transition>;
