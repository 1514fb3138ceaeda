/** Why a rule fires, or does not, at a moment: every branch with what it saw. */
import { Problem } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import type { InstanceState, Phase } from '../../model/evaluation.ts';
import type { ExplainedBranch, ExplainedInstance, Explanation } from '../../model/explanation.ts';
import type { Condition, Rule, RuleSet } from '../../model/rule.ts';
import type { SignalSource } from '../../model/signal.ts';
import { branchesOf } from '../language/build/rule.ts';
import { rulesNamedBy } from '../language/load.ts';
import { replay, warmUpOf } from './replay.ts';
import { gridTime } from './schedule.ts';

/** What was written of a rule at or before a moment. */
export type RecordedStates = (
  rule: string,
  t: number,
) => Promise<readonly { fingerprint: string; t: number; phase: Phase }[]>;

const MOST_INSTANCES = 100;

/**
 * Evaluates the rule again, and those it looks at, from long enough before `at` (unix ms) on what the store has, and
 * puts beside it what was recorded then. @throws Problem `not_found`, or as the source's
 */
export async function explain(
  set: RuleSet,
  name: string,
  at: number,
  source: SignalSource,
  recorded: RecordedStates,
): Promise<Explanation> {
  const rule = set.rules.find((one) => one.name === name);
  if (!rule) throw noRule(name, set);
  const t = gridTime(rule, at);
  const rules = involved(rule, set.rules).map((one) => ({ ...one, mode: 'shadow' as const, delay: 0 }));
  const { states, errors } = await replay({
    set: { ...set, rules },
    source,
    from: t - rule.every,
    to: t,
    warmUp: warmUpOf(rules),
  });
  const known = new Map((await recorded(name, t)).map((one) => [one.fingerprint, one]));
  const instances = states.of(name);
  return {
    rule: name,
    mode: rule.mode,
    t,
    error: errors.get(name) ?? '',
    instances: [...instances]
      .sort(gravestFirst)
      .slice(0, MOST_INSTANCES)
      .map((state) => instanceOf(rule, state, known.get(state.fingerprint)?.phase ?? null)),
    omitted: Math.max(0, instances.length - MOST_INSTANCES),
  };
}

const PHASES: readonly Phase[] = ['firing', 'pending', 'inactive'];
const gravestFirst = (a: InstanceState, b: InstanceState): number =>
  PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase) || (a.fingerprint < b.fingerprint ? -1 : 1);

function noRule(name: string, { rules }: RuleSet): Problem {
  const close = nearest(
    name.slice(0, 100),
    rules.map((rule) => rule.name),
  );
  const meant = close === undefined ? '' : `; did you mean "${close}"?`;
  return new Problem('not_found', `There is no rule "${name.slice(0, 100)}"${meant}`);
}

/** The rule and all whose state it depends on. */
export function involved(rule: Rule, all: readonly Rule[]): Rule[] {
  const found = new Map([[rule.name, rule]]);
  for (const one of found.values())
    for (const name of rulesNamedBy(one)) {
      const other = all.find((candidate) => candidate.name === name);
      if (other && !found.has(name)) found.set(name, other);
    }
  return [...found.values()];
}

function instanceOf(rule: Rule, state: InstanceState, recorded: Phase | null): ExplainedInstance {
  const conditions = branchesOf(rule.if);
  const branches = state.branches.map((reading): ExplainedBranch => {
    const condition = conditions.find(({ id }) => id === reading.id);
    return {
      ...reading,
      text: condition === undefined ? reading.id : textOf(condition),
      for: condition?.for ?? 0,
      held: reading.since === null ? 0 : state.t - reading.since,
    };
  });
  const { fingerprint, labels, phase, since, flapping } = state;
  return {
    fingerprint,
    labels,
    phase,
    since,
    flapping,
    branches,
    blockers: blockersOf(rule.if, branches),
    recorded,
  };
}

const SIGNS = { gt: '>', gte: '≥', lt: '<', lte: '≤', eq: '=', ne: '≠' };

function textOf(condition: Condition): string {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.kind;
    case 'not':
      return 'not';
    case 'holds':
      return condition.signal;
    case 'rule':
      return `rule ${condition.rule} is ${condition.state}`;
    case 'compare':
      return `${condition.signal} ${SIGNS[condition.op]} ${condition.threshold}`;
  }
}

/** The branches that would have to change for the rule to fire: the lowest ones that are not true. */
function blockersOf(condition: Condition, branches: readonly ExplainedBranch[]): string[] {
  const reading = branches.find(({ id }) => id === condition.id);
  if (reading === undefined || reading.truth === true) return [];
  if (condition.kind === 'all' || condition.kind === 'any') {
    const below = condition.of.flatMap((part) => blockersOf(part, branches));
    return below.length > 0 ? below : [condition.id];
  }
  return [condition.id];
}
