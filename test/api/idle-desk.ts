import type { Desk } from '../../api/desk.ts';
import { Problem } from '../../base/errors.ts';

const nothing = (): never => {
  throw new Problem('not_found', 'No rules are evaluated here');
};

/** Where no rules are evaluated: nothing to show and nothing to do. */
export const IDLE_DESK: Desk = {
  set: () => ({
    rules: [],
    slos: [],
    receivers: [],
    route: null,
    silences: [],
    muteTimes: [],
    inhibitions: [],
    heartbeats: [],
    hooks: [],
    problems: [],
  }),
  states: () => [],
  transitions: async () => [],
  incidents: {
    list: () => ({ incidents: [], next: null }),
    get: async () => null,
    acknowledge: nothing,
    comment: nothing,
    resolve: nothing,
    silenced: nothing,
  },
  operations: { list: () => [], get: () => null, decide: nothing, ledger: () => [] },
  killSwitch: { read: () => ({ on: false, reason: '', file: '' }), set: nothing },
  silences: { list: () => [], get: () => null, put: nothing },
  notifications: { health: () => [], test: nothing, deadLetters: () => [], redeliver: nothing },
};
