/** Which operations a tick calls for: pure. */
import type { InstanceState } from '../../model/evaluation.ts';
import { FINAL_STATUS, type Operation, type Order } from '../../model/operation.ts';
import type { Rule } from '../../model/rule.ts';
import type { RemediateAction, ScaleAction } from './guards.ts';

/** What was stopped by a guard is looked at again after this: nothing was done, so there is nothing to cool down from. */
const HELD_PAUSE_MS = 60_000;
/** An operation that cannot begin within this is not begun at all: the world has moved on. */
const BEGIN_WITHIN_MS = 5 * 60_000;

export type Acting = ScaleAction | RemediateAction;

/** The actions of a rule that change something, with their index in `then`. */
export function actingOf(rule: Rule): { action: Acting; index: number }[] {
  return rule.then.flatMap((action, index) =>
    action.kind === 'scale' || action.kind === 'remediate' ? [{ action, index }] : [],
  );
}

/**
 * The next operation of an action while its instance fires; null when there is none to propose. One that goes on, and
 * one that people had to take over, end it for this episode; else it may be repeated after the cooldown. One that was held
 * back is looked at again under its own id: nothing of it was ever carried out, and it is one line of the ledger.
 * @param before what the action did in this episode, oldest first
 */
export function propose(
  { rule, action, index }: { rule: Rule; action: Acting; index: number },
  instance: InstanceState,
  before: readonly Operation[],
  incident: number | null,
  mode: Operation['mode'],
  now: number,
): Operation | null {
  const last = before.at(-1);
  if (last !== undefined && !mayFollow(last, action, now)) return null;
  const held = last?.status === 'blocked' ? last : null;
  const count = held?.count ?? before.length + 1;
  const wait = action.approval?.ttl ?? 0;
  const notAfter = now + wait + Math.min(BEGIN_WITHIN_MS, action.deadline);
  return {
    id: `${rule.name}.${instance.fingerprint}.e${instance.episode}.${index}.${count}`,
    rule: rule.name,
    fingerprint: instance.fingerprint,
    labels: instance.labels,
    episode: instance.episode,
    began: instance.since,
    action: index,
    count,
    incident,
    hook: action.hook,
    target: action.target,
    order: orderOf(action),
    mode: rule.mode === 'shadow' ? 'shadow' : mode,
    status: 'proposed',
    since: now,
    reason: held?.reason ?? 'The rule fires.',
    proposedAt: held?.proposedAt ?? now,
    notAfter,
    deadline: notAfter + action.deadline,
    guards: held?.guards ?? [],
    approval: null,
    dispatchedAt: null,
    finishedAt: null,
    due: now,
    attempts: 0,
    replans: 0,
    observed: null,
    verify: action.verify && {
      after: action.verify.after,
      within: action.verify.within,
      onFail: action.verify.onFail,
    },
    verification: null,
    rolledBackBy: '',
    rollbackOf: '',
    revision: (held?.revision ?? 0) + 1,
  };
}

/** The operation that undoes a scale; null when the number before is not known, or it is a remedy. */
export function rollbackOf(operation: Operation, now: number): Operation | null {
  const { order, deadline, notAfter } = operation;
  if (order.kind !== 'scale' || order.expectedCurrent === null || order.desired === null) return null;
  const within = deadline - notAfter;
  return {
    ...operation,
    id: `${operation.id}.rollback`,
    order: { ...order, expectedCurrent: order.desired, desired: order.expectedCurrent },
    status: 'proposed',
    since: now,
    reason: `Undoes ${operation.id}.`,
    proposedAt: now,
    notAfter: now + Math.min(BEGIN_WITHIN_MS, within),
    deadline: now + Math.min(BEGIN_WITHIN_MS, within) + within,
    guards: [],
    approval: null,
    dispatchedAt: null,
    finishedAt: null,
    due: now,
    attempts: 0,
    replans: 0,
    observed: null,
    verify: null,
    verification: null,
    rollbackOf: operation.id,
    revision: 1,
  };
}

function mayFollow(last: Operation, { cooldown }: Acting, now: number): boolean {
  if (!FINAL_STATUS.has(last.status)) return false;
  const pause = last.status === 'blocked' ? HELD_PAUSE_MS : cooldown;
  if (now - last.since < pause) return false;
  return last.status === 'succeeded' || last.status === 'verified' || last.status === 'blocked';
}

function orderOf(action: Acting): Order {
  if (action.kind === 'remediate')
    return { kind: 'remediate', action: action.action, parameters: action.parameters };
  return { kind: 'scale', expectedCurrent: null, desired: null, bounds: action.bounds };
}
