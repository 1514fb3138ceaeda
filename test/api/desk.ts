import type { Desk } from '../../api/desk.ts';

/** For tests that are about something else: no rules, no incidents. */
export const EMPTY_DESK: Desk = {
  set: () => ({
    rules: [],
    slos: [],
    receivers: [],
    route: null,
    silences: [],
    muteTimes: [],
    inhibitions: [],
    heartbeats: [],

    problems: [],
  }),
  states: () => [],
  incidents: {
    list: () => ({ incidents: [], next: null }),
    get: () => null,
    acknowledge: () => {},
    comment: () => {},
    resolve: () => {},
    silenced: () => {},
  },
  silences: { list: () => [], get: () => null, put: () => {} },
  notifications: {
    health: () => [],
    test: async () => ({ ok: true, status: 204, ms: 1, error: '' }),
    deadLetters: () => [],
    redeliver: () => {},
  },
};
