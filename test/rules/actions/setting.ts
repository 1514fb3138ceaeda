/** Actions on a fake clock, with a hook that behaves as told, real incidents and a real state file. */
import { onTestFinished } from 'vitest';
import type {
  InstanceState,
  Phase,
  TickOutcome,
  Transition,
  VerificationCheck,
} from '../../../model/evaluation.ts';
import type { Operation } from '../../../model/operation.ts';
import type { Rule, Silence } from '../../../model/rule.ts';
import type { Labels } from '../../../model/signal.ts';
import { type ActionDesk, createActions } from '../../../rules/actions/desk.ts';
import type { ScaleAction } from '../../../rules/actions/guards.ts';
import type { Hook } from '../../../rules/actions/hook.ts';
import type { HookAnswer } from '../../../rules/actions/life.ts';
import { createIncidents, type IncidentDesk } from '../../../rules/incidents/incidents.ts';
import { matches } from '../../../rules/incidents/matchers.ts';
import { openState } from '../../../store/state/open.ts';
import type { State } from '../../../store/state/state.ts';
import { testFolder } from '../../helpers/folder.ts';
import { recordingLog } from '../../helpers/log.ts';
import { rule as plainRule, receiver, ruleSet, START } from '../incidents/make.ts';

export const SECOND = 1_000;
export const MINUTE = 60_000;
export { START };

/** Carries out what it is asked for, as a good hook does, unless told otherwise for the next call. */
export class TestHook implements Hook {
  readonly counts = new Map<string, number>();
  /** Ids that were carried out, in order. */
  readonly done: string[] = [];
  readonly requested: Operation[] = [];
  /** What the next requests and questions are answered with instead; a request so answered may still be carried out. */
  readonly nextAnswers: { answer: HookAnswer; carriesOut: boolean }[] = [];
  readonly nextStates: HookAnswer[] = [];
  isBlind = false;
  limits: { min: number | null; max: number | null } = { min: null, max: null };

  constructor(counts: Record<string, number>) {
    for (const [target, count] of Object.entries(counts)) this.counts.set(target, count);
  }

  async observe(target: string) {
    const observed = this.counts.get(target);
    if (this.isBlind || observed === undefined) return { observation: null, reason: 'it does not answer' };
    return { observation: { observed, ...this.limits }, reason: '' };
  }

  async request(operation: Operation): Promise<HookAnswer> {
    this.requested.push(operation);
    const next = this.nextAnswers.shift();
    if (next === undefined || next.carriesOut) this.#carryOut(operation);
    return next?.answer ?? { kind: 'succeeded', observed: this.counts.get(operation.target) ?? null };
  }

  async ask(operation: Operation): Promise<HookAnswer> {
    const next = this.nextStates.shift();
    if (next) return next;
    if (!this.done.includes(operation.id)) return { kind: 'never_received' };
    return { kind: 'succeeded', observed: this.counts.get(operation.target) ?? null };
  }

  #carryOut({ id, target, order }: Operation): void {
    if (this.done.includes(id)) return;
    this.done.push(id);
    if (order.kind === 'scale') this.counts.set(target, order.desired!);
  }
}

export const scale = (changes: Partial<ScaleAction> = {}): ScaleAction => ({
  kind: 'scale',
  hook: 'workers',
  target: 'checkout',
  desired: { step: 1 },
  bounds: { min: 2, max: 12 },
  cooldown: 10 * MINUTE,
  rateLimit: null,
  approval: null,
  verify: null,
  deadline: 10 * MINUTE,
  ...changes,
});

const TRUE = { kind: 'all', id: 'verify', for: 0, of: [] } as const;
export const VERIFY = {
  after: 2 * MINUTE,
  within: 10 * MINUTE,
  if: TRUE,
  worse: null,
  onFail: ['rollback', 'escalate'] as const,
};

export interface Setting {
  clock: { now: number };
  hook: TestHook;
  state: State;
  rules: Rule[];
  incidents: IncidentDesk;
  actions: ActionDesk;
  silences: Silence[];
  killFile: { reason: string };
  /** A tick at the clock's time in which this rule's instance is in this phase; then all that is due is done. */
  tick(phase: Phase, options?: TickOptions): Promise<void>;
  /** Moves the clock on, in steps in which all that is due is done. */
  pass(ms: number): Promise<void>;
  /** A new process on the same state. */
  restart(): void;
  only(): Operation;
  all(): Operation[];
  /** Sentences of the incident's timeline about actions and escalation. */
  said(): string[];
}

interface TickOptions {
  rule?: string;
  labels?: Labels;
  flapping?: boolean;
  unknown?: boolean;
  checks?: Omit<VerificationCheck, 't' | 'branches' | 'values'>[];
}

/** @param rules default: one that scales checkout */
export function setting(rules: Rule[] = [rule()], counts: Record<string, number> = { checkout: 2 }): Setting {
  const folder = testFolder();
  const clock = { now: START };
  const hook = new TestHook(counts);
  const silences: Silence[] = [];
  const killFile = { reason: '' };
  const log = recordingLog();
  const open = () => {
    const state = openState(folder);
    const incidents = createIncidents({
      state,
      set: () => ruleSet({ rules, receivers: [receiver()], silences }),
      clock: { now: () => clock.now },
      evidence: async () => ({ series: [], traces: [], logs: [], missing: [] }),
    });
    const actions = createActions({
      state,
      rules: () => rules,
      hook: (name) => (name === 'workers' ? hook : undefined),
      incidentOf: incidents.of,
      acted: incidents.acted,
      silencedBy: (labels) => silences.find(({ match }) => matches(labels, match))?.comment ?? '',
      killFile: () => killFile.reason,
      ...{ mode: 'execute', log, clock: { now: () => clock.now } },
    });
    return { state, incidents, actions };
  };
  let opened = open();
  onTestFinished(() => opened.state.close());
  const phases = new Map<string, InstanceState>();
  const settle = async () => {
    for (let i = 0; i < 6; i++) await opened.actions.step();
  };
  const it: Setting = {
    clock,
    hook,
    rules,
    silences,
    killFile,
    get state() {
      return opened.state;
    },
    get incidents() {
      return opened.incidents;
    },
    get actions() {
      return opened.actions;
    },
    tick: async (phase, options = {}) => {
      const outcome = outcomeOf(clock.now, phase, options, phases);
      opened.incidents.apply(outcome);
      opened.actions.tick(outcome);
      await settle();
    },
    pass: async (ms) => {
      const until = clock.now + ms;
      while (clock.now < until) {
        clock.now = Math.min(until, clock.now + SECOND);
        await opened.actions.step();
      }
    },
    restart: () => {
      opened.state.close();
      opened = open();
    },
    all: () => opened.state.operations.list({ limit: 1_000 }).reverse(),
    only: () => {
      const all = it.all().filter(({ rollbackOf }) => rollbackOf === '');
      if (all.length !== 1) throw new Error(`${all.length} operations: ${all.map(({ id }) => id)}`);
      return all[0]!;
    },
    said: () =>
      opened.state.incidents
        .get(1)!
        .timeline.filter(({ kind }) => kind === 'action' || kind === 'escalated')
        .map(({ text }) => text),
  };
  return it;
}

export const rule = (changes: Partial<Rule> = {}): Rule =>
  plainRule({
    name: 'slow',
    then: [{ kind: 'incident', groupBy: [], attach: [] }, { kind: 'notify', receiver: 'shop' }, scale()],
    ...changes,
  });

/** A rule that scales as said. */
export const scaling = (changes: Partial<ScaleAction> = {}, name = 'slow'): Rule =>
  rule({ name, then: [{ kind: 'incident', groupBy: [], attach: [] }, scale(changes)] });

function outcomeOf(
  t: number,
  phase: Phase,
  { rule = 'slow', labels = {}, flapping = false, unknown = false, checks = [] }: TickOptions,
  phases: Map<string, InstanceState>,
): TickOutcome {
  const before = phases.get(rule);
  const from = before?.phase ?? 'inactive';
  const begins = phase === 'firing' && from !== 'firing';
  const why = unknown ? 'no data' : '';
  const state: InstanceState = {
    rule,
    fingerprint: '00000000000000aa',
    labels,
    phase,
    since: from === phase ? (before?.since ?? t) : t,
    episode: (before?.episode ?? 0) + (begins ? 1 : 0),
    t,
    branches: [{ id: 'if', truth: unknown ? null : phase === 'firing', value: null, since: null, why }],
    unknown: null,
    recoveringSince: null,
    vanishedSince: null,
    changes: [],
    flapping,
    version: '1',
  };
  phases.set(rule, state);
  const transition: Transition = {
    ...state,
    at: t,
    from,
    to: phase,
    reason: 'condition',
    samples: {},
    summary: rule,
    description: '',
  };
  return {
    t,
    states: [state],
    removed: [],
    transitions: from === phase ? [] : [transition],
    errors: [],
    checks: checks.map((check) => ({ ...check, t, branches: [], values: {} })),
    sourceDown: '',
  };
}
