import type { Clock } from '../../base/clock.ts';
import { messageOf, Problem } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { InstanceState, TickOutcome } from '../../model/evaluation.ts';
import type { Operation, Role } from '../../model/operation.ts';
import type { Rule } from '../../model/rule.ts';
import type { Labels } from '../../model/signal.ts';
import type { State } from '../../store/state/state.ts';
import { contextOf } from './context.ts';
import { guard } from './guards.ts';
import type { Evidence, Hook, Observation } from './hook.ts';
import { type LifeEvent, live, type Step } from './life.ts';
import { type Acting, actingOf, propose, rollbackOf } from './propose.ts';

export interface ActionOptions {
  state: State;
  rules: () => readonly Rule[];
  /** Undefined when no such hook is configured. */
  hook: (name: string) => Hook | undefined;
  /** The incident an instance belongs to. */
  incidentOf: (rule: string, fingerprint: string) => number | null;
  /** Writes the timeline, and tells those who have to take over, in one transaction with `more`. */
  acted: (incident: number | null, said: readonly string[], escalation: string, more: () => void) => void;
  /** The silence that covers these labels (the instance's and `alertname`) now, in words; ''. */
  silencedBy: (labels: Labels) => string;
  /** Why a file of the operator forbids everything; ''. */
  killFile: () => string;
  mode: 'execute' | 'dry_run';
  clock: Clock;
  log: Log;
}

/** The one writer of operations. Whoever restarts it finds them where they were. */
export interface ActionDesk {
  /** Proposes what a tick calls for, and hands verifications what they wait for. After incidents took the tick. */
  tick(outcome: TickOutcome): void;
  /** Operations whose verification wants to see each tick. */
  verifying(): readonly Operation[];
  /** Does what is due. @returns when to be called again, unix ms */
  step(): Promise<number>;
  /** @throws Problem `not_found` | `conflict` | `forbidden` */
  decide(id: string, decision: { by: string; role: Role; approved: boolean; comment: string }): void;
  /** '' when it is off, else who turned it on and why. */
  killSwitch(): string;
  setKillSwitch(reason: string): void;
}

const KILL_SWITCH = 'kill_switch';
/** The kill switch must hold within a second. */
const LOOK_EVERY_MS = 250;
const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

/** Takes up what was under way: a request whose answer was never heard may have arrived. */
export function createActions(options: ActionOptions): ActionDesk {
  const desk = new Desk(options);
  desk.resume('the product was stopped before the answer came');
  return desk;
}

class Desk implements ActionDesk {
  readonly #given: ActionOptions;
  /** Of the last tick, for guards and evidence; by rule and fingerprint. */
  readonly #instances = new Map<string, InstanceState>();
  readonly #evidence = new Map<string, Evidence[]>();
  /** Operations with a call under way. */
  readonly #busy = new Set<string>();
  #live: Operation[];

  constructor(options: ActionOptions) {
    this.#given = options;
    this.#live = options.state.operations.live();
    for (const state of options.state.instances.all()) this.#instances.set(keyOf(state), state);
  }

  /**
   * Of a request without a call under way nobody knows whether it arrived; and a rollback may have ended without what it
   * undoes having been told.
   */
  resume(reason: string): void {
    for (const operation of [...this.#live]) {
      if (operation.status === 'rolling_back') this.#settleRollback(operation);
      if (operation.status === 'dispatched' && operation.due === null && !this.#busy.has(operation.id))
        this.#take(operation, { kind: 'answered', answer: { kind: 'no_answer', reason } });
    }
  }

  verifying(): readonly Operation[] {
    return this.#live.filter(({ status }) => status === 'verifying');
  }

  tick(outcome: TickOutcome): void {
    const rules = new Map(this.#given.rules().map((rule) => [rule.name, rule]));
    for (const { rule, fingerprint, samples } of outcome.transitions)
      this.#evidence.set(`${rule}/${fingerprint}`, evidenceOf(samples));
    for (const state of outcome.states) this.#instances.set(keyOf(state), state);
    for (const one of outcome.removed) this.#forget(one);
    for (const check of outcome.checks ?? []) {
      const operation = this.#live.find(({ id }) => id === check.operation);
      if (operation) this.#take(operation, { kind: 'ticked', check });
    }
    for (const state of outcome.states) {
      const rule = state.phase === 'firing' ? rules.get(state.rule) : undefined;
      if (rule) this.#propose(rule, state);
    }
  }

  async step(): Promise<number> {
    const now = this.#given.clock.now();
    const calls: Promise<void>[] = [];
    this.resume('its answer could not be written down');
    for (const operation of [...this.#live]) {
      if (this.#busy.has(operation.id)) continue;
      const waited = this.#take(operation, { kind: 'waited' });
      if (waited.due !== null && waited.due <= now) calls.push(this.#carryOn(waited));
    }
    await Promise.all(calls);
    return this.#given.clock.now() + LOOK_EVERY_MS;
  }

  decide(id: string, decision: Parameters<ActionDesk['decide']>[1]): void {
    const operation = this.#given.state.operations.get(id);
    if (operation === null) throw new Problem('not_found', `There is no operation ${id}`);
    const waits = this.#take(operation, { kind: 'waited' });
    if (waits.status !== 'awaiting_approval')
      throw new Problem(
        'conflict',
        `${id} does not wait for approval: it is ${waits.status}. ${waits.reason}`,
      );
    const needed = waits.approval!.role;
    if (ROLES.indexOf(decision.role) < ROLES.indexOf(needed))
      throw new Problem('forbidden', `Only an ${needed} can decide this; you are ${decision.role}`);
    this.#take(waits, { kind: 'decided', ...decision });
  }

  killSwitch(): string {
    return this.#given.killFile() || (this.#given.state.flags.get(KILL_SWITCH) ?? '');
  }

  setKillSwitch(reason: string): void {
    this.#given.state.transaction(() => this.#given.state.flags.set(KILL_SWITCH, reason));
  }

  #propose(rule: Rule, state: InstanceState): void {
    const { state: store, clock, incidentOf, mode } = this.#given;
    for (const { action, index } of actingOf(rule)) {
      const before = store.operations.ofEpisode({ ...state, rule: rule.name, action: index });
      const own = before.filter(({ rollbackOf }) => rollbackOf === '');
      const incident = incidentOf(rule.name, state.fingerprint);
      const operation = propose({ rule, action, index }, state, own, incident, mode, clock.now());
      if (operation) this.#keep(operation, [], '');
    }
  }

  /** One call for an operation; what comes of it is written before the next. */
  async #carryOn(operation: Operation): Promise<void> {
    this.#busy.add(operation.id);
    try {
      const hook = this.#given.hook(operation.hook);
      if (hook === undefined && operation.mode !== 'shadow')
        this.#take(operation, cancelled(`There is no hook ${operation.hook}.`));
      else if (operation.status === 'proposed') await this.#plan(operation, hook);
      else if (operation.status === 'dispatched') await this.#send(operation, hook!);
      else if (operation.status === 'unknown' || operation.status === 'accepted')
        this.#take(operation, { kind: 'answered', answer: await hook!.ask(operation) });
    } catch (thrown) {
      this.#given.log.error('An operation could not be carried on.', {
        operation: operation.id,
        reason: messageOf(thrown),
      });
    } finally {
      this.#busy.delete(operation.id);
    }
  }

  /** Looks at the target, asks the guards, and sends at once what they let through. */
  async #plan(operation: Operation, hook: Hook | undefined): Promise<void> {
    const rule = this.#given.rules().find(({ name }) => name === operation.rule);
    const action = actingAt(rule, operation);
    if (action === undefined) {
      this.#take(operation, cancelled('The rule or its action is gone.'));
      return;
    }
    const seen =
      operation.order.kind === 'scale' && hook ? await hook.observe(operation.target) : NOTHING_SEEN;
    const current = seen.observation?.observed ?? null;
    if (operation.rollbackOf !== '' && current !== expected(operation)) {
      const what = current === null ? `cannot be seen (${seen.reason})` : `is ${current}`;
      this.#take(
        operation,
        cancelled(`The target ${what}, not ${expected(operation)} as it was left: it is not touched.`),
      );
      return;
    }
    const bounded = withinHook(action, seen.observation);
    const { decisions, desired } = guard(
      operation,
      bounded,
      this.#context(operation, bounded, rule, current),
    );
    const planned = operation.rollbackOf === '' ? desired : wanted(operation);
    const approval = operation.rollbackOf === '' ? approvalOf(action, planned) : null;
    const next = this.#take(operation, { kind: 'guarded', decisions, current, desired: planned, approval });
    if (next.status === 'dispatched' && hook) await this.#send(next, hook);
  }

  async #send(operation: Operation, hook: Hook): Promise<void> {
    const stopped = this.killSwitch();
    if (stopped !== '') {
      this.#take(operation, cancelled(stopped));
      return;
    }
    const leaving = this.#take(operation, { kind: 'dispatching' });
    if (leaving.status !== 'dispatched') return;
    const evidence = this.#evidence.get(keyOf(operation)) ?? [];
    this.#take(leaving, { kind: 'answered', answer: await hook.request(leaving, evidence) });
  }

  #context(operation: Operation, action: Acting, rule: Rule | undefined, current: number | null) {
    const { clock, silencedBy, state } = this.#given;
    return contextOf(operation, action, {
      now: clock.now(),
      killSwitch: this.killSwitch(),
      rule,
      instance: this.#instances.get(keyOf(operation)),
      silencedBy: silencedBy({ ...operation.labels, alertname: operation.rule }),
      current,
      operations: state.operations,
    });
  }

  /** Writes what an event leads to. @returns the operation as it is now */
  #take(operation: Operation, event: LifeEvent): Operation {
    const known = this.#live.find(({ id }) => id === operation.id) ?? operation;
    const step = live(known, event, this.#given.clock.now());
    if (step.operation === known) return known;
    this.#write(step);
    if (step.operation.rollbackOf !== '') this.#tellOriginal(step.operation);
    return this.#live.find(({ id }) => id === operation.id) ?? step.operation;
  }

  #write({ operation, said, escalation, rollsBack }: Step): void {
    const undoing = rollsBack ? rollbackOf(operation, this.#given.clock.now()) : null;
    const kept = undoing ? { ...operation, rolledBackBy: undoing.id } : operation;
    this.#keep(kept, said, escalation, undoing);
    if (rollsBack && undoing === null)
      this.#take(kept, {
        kind: 'undone',
        outcome: 'failed',
        reason: 'It is not known what it was before: nothing is undone.',
      });
  }

  #keep(
    operation: Operation,
    said: readonly string[],
    escalation: string,
    undoing: Operation | null = null,
  ): void {
    const { acted, state } = this.#given;
    const all = undoing ? [operation, undoing] : [operation];
    const named = said.map((sentence) => `${operation.target}: ${sentence}`);
    acted(operation.incident, named, escalation && `${operation.target}: ${escalation}`, () =>
      state.operations.put(all),
    );
    this.#live = state.operations.live();
  }

  /** What became of a rollback is the end of what it undoes. */
  #tellOriginal(rollback: Operation): void {
    const original = this.#live.find(({ id }) => id === rollback.rollbackOf);
    if (original?.status === 'rolling_back') this.#settleRollback(original);
  }

  #settleRollback(original: Operation): void {
    const rollback = this.#given.state.operations.get(original.rolledBackBy);
    if (rollback === null) return;
    const { status, reason } = rollback;
    if (status === 'succeeded')
      this.#take(original, { kind: 'undone', outcome: 'done', reason: 'It was undone.' });
    else if (status === 'blocked' || status === 'expired')
      this.#take(original, { kind: 'undone', outcome: 'changed', reason: `Not undone. ${reason}` });
    else if (status === 'failed' || status === 'escalated')
      this.#take(original, { kind: 'undone', outcome: 'failed', reason: `Undoing failed. ${reason}` });
  }

  #forget(one: { rule: string; fingerprint: string }): void {
    this.#instances.delete(keyOf(one));
    this.#evidence.delete(keyOf(one));
  }
}

const NOTHING_SEEN = { observation: null, reason: 'nobody was asked' };

const keyOf = ({ rule, fingerprint }: { rule: string; fingerprint: string }): string =>
  `${rule}/${fingerprint}`;

const cancelled = (reason: string): LifeEvent => ({ kind: 'cancelled', reason });

const expected = ({ order }: Operation): number | null =>
  order.kind === 'scale' ? order.expectedCurrent : null;

const wanted = ({ order }: Operation): number | null => (order.kind === 'scale' ? order.desired : null);

function evidenceOf(samples: TickOutcome['transitions'][number]['samples']): Evidence[] {
  return Object.entries(samples).map(([signal, { value, labels }]) => ({ signal, value, labels }));
}

/** By its place in `then`, if it is still the same kind of action on the same target. */
function actingAt(rule: Rule | undefined, { action, hook, target, order }: Operation): Acting | undefined {
  const found = rule && actingOf(rule).find(({ index }) => index === action)?.action;
  return found?.kind === order.kind && found.hook === hook && found.target === target ? found : undefined;
}

/** The bounds of the rule and of the hook together. */
function withinHook(action: Acting, seen: Observation | null): Acting {
  if (action.kind !== 'scale' || seen === null) return action;
  const min = Math.max(action.bounds.min, seen.min ?? Number.NEGATIVE_INFINITY);
  const max = Math.min(action.bounds.max, seen.max ?? Number.POSITIVE_INFINITY);
  return min > max ? action : { ...action, bounds: { min, max } };
}

function approvalOf(
  { approval }: Acting,
  desired: number | null,
): { role: 'operator' | 'admin'; ttl: number } | null {
  if (approval === null) return null;
  const isNeeded = approval.desiredGt === null || (desired !== null && desired > approval.desiredGt);
  return isNeeded ? { role: approval.role, ttl: approval.ttl } : null;
}
