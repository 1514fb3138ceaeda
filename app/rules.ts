/** Rules, incidents and notifications, wired: files in, incidents and messages out. */
import type { Desk } from '../api/desk.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { createOutgoing } from '../base/outgoing.ts';
import { readSecret } from '../base/secrets.ts';
import type { InstanceState, TickOutcome } from '../model/evaluation.ts';
import type { Explanation } from '../model/explanation.ts';
import type { RuleSet } from '../model/rule.ts';
import type { RulesStatus } from '../model/status.ts';
import type { ActionDesk } from '../rules/actions/desk.ts';
import { type ActionLoop, startActions } from '../rules/actions/loop.ts';
import { createIncidents, type IncidentDesk } from '../rules/incidents/incidents.ts';
import { watchRules } from '../rules/language/watch.ts';
import { createNotifier, type Notifier } from '../rules/notify/notifier.ts';
import { explain } from '../rules/run/explain.ts';
import type { History, HistoryRows } from '../rules/run/history.ts';
import { startLoop } from '../rules/run/loop.ts';
import { createRun, type RulesRun } from '../rules/run/run.ts';
import type { Engine } from '../store/engine.ts';
import { readEvaluations, readTransitions, writeRuleHistory } from '../store/queries/rules.ts';
import { createSignalSource } from '../store/signals/source.ts';
import type { State } from '../store/state/state.ts';
import { killFileIn, openActions } from './actions.ts';
import { createEvidence } from './evidence.ts';
import { readFindings } from './findings.ts';
import type { Config } from './settings.ts';

export interface RulesOptions {
  config: Config;
  state: State;
  /** The data folder. */
  folder: string;
  engine: Engine;
  /** When the oldest item arrived that is not in the store yet, unix ms. */
  waitingSince: () => number | null;
  /** For links. */
  dashboardUrl: () => string;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  log: Log;
}

export interface RulesPart {
  set: () => RuleSet;
  state: State;
  incidents: IncidentDesk;
  notifier: Notifier;
  actions: ActionDesk;
  /** While this file exists nothing is sent to hooks. */
  killFile: string;
  /** Every branch of a rule at a moment, unix ms. @throws Problem */
  explain: (rule: string, at: number) => Promise<Explanation>;
  transitions: Desk['transitions'];
  /** Of all instances, or those of a rule, as of their last tick. */
  states: (rule?: string) => readonly InstanceState[];
  /** Begins to evaluate and to tell; to be called when the store is ready. */
  start(): void;
  /** Null before `start`. */
  status(): RulesStatus | null;
  /** Ends the tick under way and the attempts. */
  stop(): Promise<void>;
}

/** The flag in `state.db` that says up to when rules have been evaluated. */
const POSITION = 'rules.position';
/** Without a tick for so long nobody is told that rules are alive. */
const ALIVE_WITHIN_MS = 300_000;

/** Reads the files. @throws Problem when their folder cannot be used */
export function openRules(options: RulesOptions): RulesPart {
  const { config, state, folder, engine, clock, log } = options;
  const rules = watchRules({ folder: config['rules-folder'], defaults: config['default-rules'], log });
  const source = createSignalSource(engine, clock);
  let run: RulesRun | undefined;
  let notifier: Notifier | undefined;
  let acting: ActionLoop | undefined;
  const set = rules.current;
  const incidents = createIncidents({
    state,
    set,
    clock,
    evidence: createEvidence(engine, source),
    findings: readFindings(engine, source, set, config['rules-folder']),
    log,
    told: () => notifier?.wake(),
  });
  const send = createOutgoing({ allow: config['outgoing-allow'] });
  const secret = (reference: string) => readSecret(reference, options.env);
  const actions = openActions({
    ...{ folder, state, set, incidents, send, secret, clock, log },
    mode: config.actions,
  });
  notifier = createNotifier({
    ...{ state, set, clock, log, send, secret },
    externalUrl: options.dashboardUrl,
    alive: () => isAlive(run, clock.now()),
  });
  const history = createHistory(engine, log);
  let stopLoop: (() => Promise<void>) | undefined;
  return {
    set,
    state,
    incidents,
    notifier,
    actions,
    killFile: killFileIn(folder),
    explain: (rule, at) => explain(set(), rule, at, source, (name, t) => readEvaluations(engine, name, t)),
    transitions: (rule, range) => readTransitions(engine, rule, range),
    states: (rule) =>
      run?.states(rule) ?? (rule === undefined ? state.instances.all() : state.instances.ofRule(rule)),
    start: () => {
      run = createRun({
        rules: () => set().rules,
        source,
        states: state.instances.all(),
        apply: (outcome) => {
          incidents.apply(outcome);
          act(actions, outcome, log);
          acting?.wake();
        },
        verifying: () => actions.verifying(),
        position: {
          read: () => numberOrNull(state.flags.get(POSITION)),
          write: (due) => state.flags.set(POSITION, String(due)),
        },
        history,
        waitingSince: options.waitingSince,
        clock,
        monotonic: () => performance.now(),
        log,
      });
      stopLoop = startLoop(run, clock);
      notifier.start();
      acting = startActions(actions);
    },
    status: () => (run === undefined ? null : { ...run.status(), problems: set().problems.length }),
    stop: async () => {
      rules.close();
      await stopLoop?.();
      await acting?.stop();
      await Promise.all([notifier.stop(), incidents.stop(), history.settled()]);
    },
  };
}

/** Incidents have been written by then: a tick whose actions fail must not be applied again, and the next proposes them. */
function act(actions: ActionDesk, outcome: TickOutcome, log: Log): void {
  try {
    actions.tick(outcome);
  } catch (thrown) {
    log.error('What a tick calls for could not be proposed; the next tick tries again.', {
      reason: messageOf(thrown).slice(0, 300),
    });
  }
}

const numberOrNull = (text: string | null): number | null => (text === null ? null : Number(text));

function isAlive(run: RulesRun | undefined, now: number): boolean {
  const status = run?.status();
  if (status === undefined || status.detail !== '') return false;
  return status.loaded === 0 || (status.lastTick !== null && now - status.lastTick < ALIVE_WITHIN_MS);
}

/** Rows that wait for the store; what is more is lost, for a replay finds it again. */
const MOST_WAITING = 100_000;

/** Appends in the order of the ticks, one insert at a time, without a tick waiting for it. */
function createHistory(engine: Engine, log: Log): History & { settled(): Promise<void> } {
  let waiting: HistoryRows[] = [];
  let rows = 0;
  let writing: Promise<void> | undefined;
  const write = async () => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      rows = 0;
      try {
        await writeRuleHistory(
          engine,
          batch.flatMap(({ evaluations }) => evaluations),
          batch.flatMap(({ transitions }) => transitions),
        );
      } catch (thrown) {
        log.warn('The history of some ticks could not be written; "rules replay" finds it again.', {
          reason: messageOf(thrown).slice(0, 300),
        });
      }
    }
  };
  return {
    write: (one) => {
      rows += one.evaluations.length + one.transitions.length;
      if (rows === 0 || rows > MOST_WAITING) return;
      waiting.push(one);
      writing ??= write().finally(() => {
        writing = undefined;
      });
    },
    settled: async () => writing,
  };
}
