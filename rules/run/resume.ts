/** States taken up again: after a restart, and after the clock was set. */
import type { InstanceState } from '../../model/evaluation.ts';
import type { Rule } from '../../model/rule.ts';
import { gridTime } from './schedule.ts';

/**
 * States are written when they change, so one that did not change since bears an old moment; it was evaluated at every
 * moment up to `position` (unix ms) all the same.
 */
export function continued(
  states: readonly InstanceState[],
  rules: readonly Rule[],
  position: number,
): InstanceState[] {
  const byName = new Map(
    rules.flatMap((rule) => [rule.name, ...rule.previously].map((name) => [name, rule])),
  );
  return states.map((state) => {
    const rule = byName.get(state.rule);
    return rule === undefined ? state : { ...state, t: Math.max(state.t, gridTime(rule, position)) };
  });
}

/** The state as if everything had happened so much later. @param by milliseconds, negative for earlier */
export function moved(state: InstanceState, by: number): InstanceState {
  const shift = (time: number | null) => (time === null ? null : time + by);
  return {
    ...state,
    t: state.t + by,
    since: state.since + by,
    branches: state.branches.map((branch) => ({ ...branch, since: shift(branch.since) })),
    unknown: state.unknown && { ...state.unknown, since: state.unknown.since + by },
    changes: state.changes.map((at) => at + by),
    recoveringSince: shift(state.recoveringSince),
    vanishedSince: shift(state.vanishedSince),
  };
}
