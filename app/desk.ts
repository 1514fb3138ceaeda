import type { Desk } from '../api/desk.ts';
import type { RuleSet } from '../model/rule.ts';
import type { ActionDesk } from '../rules/actions/desk.ts';
import { loopTimes } from '../rules/actions/ledger.ts';
import type { IncidentDesk } from '../rules/incidents/incidents.ts';
import type { Notifier } from '../rules/notify/notifier.ts';
import type { State } from '../store/state/state.ts';

export interface DeskParts {
  set: () => RuleSet;
  state: State;
  incidents: IncidentDesk;
  notifier: Notifier;
  actions: ActionDesk;
  killFile: string;
  explain: NonNullable<Desk['explain']>;
  states: Desk['states'];
  transitions: Desk['transitions'];
}

/** Medians are over at most so many operations, the newest. */
const MOST_IN_LEDGER = 10_000;

/** Rules, incidents and notifications as the API sees them. */
export function createDesk(parts: DeskParts): Desk {
  const { set, state, incidents, notifier, actions, killFile, explain, states, transitions } = parts;
  return {
    set,
    explain,
    states,
    transitions,
    incidents: {
      ...incidents,
      list: state.incidents.list,
      get: async (number) => incidents.get(number),
    },
    operations: {
      list: state.operations.list,
      get: state.operations.get,
      decide: (id, decision) => actions.decide(id, decision),
      ledger: (since) =>
        loopTimes(state.operations.list({ since, limit: MOST_IN_LEDGER }), state.incidents.toldAt),
    },
    killSwitch: {
      read: () => ({ on: actions.killSwitch() !== '', reason: actions.killSwitch(), file: killFile }),
      set: (reason) => actions.setKillSwitch(reason),
    },
    silences: state.silences,
    notifications: {
      health: notifier.health,
      test: notifier.test,
      deadLetters: state.outbox.deadLetters,
      redeliver: notifier.redeliver,
    },
  };
}
