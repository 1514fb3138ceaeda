<<<<<<< HEAD:test/api/idle-desk.ts
import type { Desk } from '../../api/desk.ts';
import { Problem } from '../../base/errors.ts';
=======
import type { Desk } from '../api/desk.ts';
import { Problem } from '../base/errors.ts';
import type { RuleSet } from '../model/rule.ts';
>>>>>>> incidents:app/idle-desk.ts

const nothing = (): never => {
  throw new Problem('not_found', 'No rules are evaluated here');
};

/** Where no rules are evaluated: nothing to show and nothing to do. */
export const IDLE_DESK: Desk = {
<<<<<<< HEAD:test/api/idle-desk.ts
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
=======
  set: () => NO_RULES,
>>>>>>> incidents:app/idle-desk.ts
  states: () => [],
  incidents: {
    list: () => ({ incidents: [], next: null }),
    get: () => null,
    acknowledge: nothing,
    comment: nothing,
    resolve: nothing,
    silenced: nothing,
  },
  silences: { list: () => [], get: () => null, put: nothing },
  notifications: { health: () => [], test: nothing, deadLetters: () => [], redeliver: nothing },
};

const NO_RULES = {
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
} as RuleSet;
