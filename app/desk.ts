import type { Desk } from '../api/desk.ts';
import type { RuleSet } from '../model/rule.ts';
import type { IncidentDesk } from '../rules/incidents/incidents.ts';
import type { Notifier } from '../rules/notify/notifier.ts';
import type { State } from '../store/state/state.ts';

export interface DeskParts {
  set: () => RuleSet;
  state: State;
  incidents: IncidentDesk;
  notifier: Notifier;
  explain: NonNullable<Desk['explain']>;
  states: Desk['states'];
}

/** Rules, incidents and notifications as the API sees them. */
export function createDesk({ set, state, incidents, notifier, explain, states }: DeskParts): Desk {
  return {
    set,
    explain,
    states,
    incidents: { ...incidents, list: state.incidents.list },
    silences: state.silences,
    notifications: {
      health: notifier.health,
      test: notifier.test,
      deadLetters: state.outbox.deadLetters,
      redeliver: notifier.redeliver,
    },
  };
}
