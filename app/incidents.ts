import type { Desk } from '../api/desk.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { createOutgoing } from '../base/outgoing.ts';
import { readSecret } from '../base/secrets.ts';
import type { RuleSet } from '../model/rule.ts';
import type { SignalSource } from '../model/signal.ts';
import { createIncidents, type IncidentDesk } from '../rules/incidents/incidents.ts';
import { testReceiver } from '../rules/notify/heartbeats.ts';
import { createNotifier, type Notifier } from '../rules/notify/notifier.ts';
import type { Engine } from '../store/engine.ts';
import { openState } from '../store/state/open.ts';
import type { State } from '../store/state/state.ts';
import { createEvidence } from './evidence.ts';
import type { Config } from './settings.ts';

/** What evaluates rules, as incidents and the API see it. */
export interface Ruling {
  set(): RuleSet;
  /** States of instances by now: of one rule, or of all. */
  states: Desk['states'];
  /** Whether ticks happen: heartbeats stop when they do not. */
  alive(): boolean;
  /** For the course of signals in evidence. */
  source(): SignalSource | undefined;
  explain?: NonNullable<Desk['explain']>;
}

export interface IncidentsParts {
  config: Config;
  /** The data folder. */
  folder: string;
  engine: Engine;
  ruling: Ruling;
  /** The dashboard's address. */
  url: () => string;
  clock: Clock;
  log: Log;
}

export interface RunningIncidents {
  state: State;
  incidents: IncidentDesk;
  notifier: Notifier;
  /** For the API. */
  desk: Desk;
  stop(): Promise<void>;
}

/** Opens the state and takes up incidents and notifications where they were. @throws Problem of the state file */
export function startIncidents(parts: IncidentsParts): RunningIncidents {
  const { config, ruling, clock, log } = parts;
  const { set } = ruling;
  const state = openState(parts.folder);
  const options = {
    state,
    set,
    clock,
    log,
    send: createOutgoing({ allow: config['outgoing-allow'] }),
    secret: (reference: string) => readSecret(reference, process.env),
    externalUrl: parts.url,
    alive: ruling.alive,
  };
  const notifier = createNotifier(options);
  const incidents = createIncidents({
    state,
    set,
    clock,
    evidence: createEvidence(parts.engine, ruling.source),
    told: notifier.wake,
    log,
  });
  notifier.start();
  const desk: Desk = {
    set,
    states: ruling.states,
    ...(ruling.explain ? { explain: ruling.explain } : {}),
    incidents: { ...incidents, list: state.incidents.list },
    silences: state.silences,
    notifications: {
      health: notifier.health,
      test: (name) => testReceiver(name, set().receivers, options),
      deadLetters: state.outbox.deadLetters,
      redeliver: notifier.redeliver,
    },
  };
  const stop = async () => {
    await Promise.all([notifier.stop(), incidents.stop()]);
    state.close();
  };
  return { state, incidents, notifier, desk, stop };
}

/** Where no rules are evaluated. */
export const NO_RULING: Ruling = {
  set: () => NO_RULES,
  states: () => [],
  alive: () => false,
  source: () => undefined,
};

const NO_RULES: RuleSet = {
  rules: [],
  slos: [],
  receivers: [],
  route: null,
  silences: [],
  muteTimes: [],
  inhibitions: [],
  heartbeats: [],
  problems: [],
};
