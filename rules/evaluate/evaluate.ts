/** One rule at one moment of the grid: pure, so that live, replay and rule tests are the same. */
import type { InstanceState, Phase, Transition } from '../../model/evaluation.ts';
import type { Rule, Truth } from '../../model/rule.ts';
import type { Reading, Sample } from '../../model/signal.ts';
import { renderTemplate } from '../language/template.ts';
import { isInState, type RuleStates, readTree, type TreeReading } from './condition.ts';
import { addState } from './flapping.ts';
import { type Instance, joinInstances } from './instances.ts';

/** Longer without an evaluation, and the time between does not count towards `for` (as Prometheus' staleness). */
const LONGEST_GAP_MS = 5 * 60_000;
/** An inactive instance whose series has vanished is forgotten after this, or after `on_no_data.for` if that is longer. */
const FORGET_AFTER_MS = 15 * 60_000;

export interface RuleEvaluation {
  states: InstanceState[];
  removed: { rule: string; fingerprint: string }[];
  transitions: Transition[];
  /** Why its signals could not be read, '' when they could. */
  error: string;
}

/**
 * Evaluates all instances of a rule at grid time `t` (unix ms).
 * @param previous its instances at the last tick, also under earlier names (`previously`)
 * @param readings by name of signal; one that is missing has no data
 */
export function evaluateRule(
  rule: Rule,
  previous: readonly InstanceState[],
  readings: ReadonlyMap<string, Reading>,
  ruleStates: RuleStates,
  t: number,
): RuleEvaluation {
  const result: RuleEvaluation = { states: [], removed: [], transitions: [], error: errorOf(readings) };
  const instances = joinInstances(rule, previous, withRuleSignals(rule, readings, ruleStates));
  for (const instance of instances) {
    const { state, transition } = evaluateInstance(rule, instance, ruleStates, t);
    if (transition) result.transitions.push(transition);
    if (isForgotten(rule, state, t)) result.removed.push({ rule: rule.name, fingerprint: state.fingerprint });
    else result.states.push(state);
  }
  const kept = new Set(instances.map(({ previous }) => previous));
  // Its labels are no longer those of the rule: the rule was edited.
  const { removed, transitions } = retire(
    rule,
    previous.filter((state) => !kept.has(state)),
    t,
  );
  result.removed.push(...removed);
  result.transitions.push(...transitions);
  return result;
}

/** What other rules say is not asked of the data: those that no reading brings are made here. */
function withRuleSignals(
  rule: Rule,
  readings: ReadonlyMap<string, Reading>,
  ruleStates: RuleStates,
): ReadonlyMap<string, Reading> {
  const looking = Object.entries(rule.signals).filter(([, spec]) => spec.kind === 'rule');
  if (looking.length === 0) return readings;
  const all = new Map(readings);
  for (const [name, spec] of looking)
    if (spec.kind === 'rule' && !all.has(name)) {
      const truth = isInState(ruleStates(spec.rule), spec.state);
      all.set(name, {
        ok: true,
        samples: truth === null ? [] : [{ labels: {}, value: truth ? 1 : 0, count: 1 }],
      });
    }
  return all;
}

/** Ends instances whose rule was deleted or disabled, or that an edit of the rule made impossible. */
export function retire(
  rule: Pick<Rule, 'name'>,
  states: readonly InstanceState[],
  t: number,
): Pick<RuleEvaluation, 'removed' | 'transitions'> {
  const transitions = states
    .filter(({ phase }) => phase !== 'inactive')
    .map(
      (state): Transition => ({
        rule: rule.name,
        fingerprint: state.fingerprint,
        labels: state.labels,
        at: t,
        from: state.phase,
        to: 'inactive',
        episode: state.episode,
        reason: 'deleted',
        flapping: state.flapping,
        branches: state.branches,
        samples: {},
        summary: '',
        description: '',
      }),
    );
  return { removed: states.map(({ fingerprint }) => ({ rule: rule.name, fingerprint })), transitions };
}

/** One instance. Evaluating a moment again, or one before the last, changes nothing. */
export function evaluateInstance(
  rule: Rule,
  instance: Instance,
  ruleStates: RuleStates,
  t: number,
): { state: InstanceState; transition: Transition | null } {
  const previous = instance.previous ?? fresh(rule, instance, t);
  if (instance.previous && t <= previous.t) return { state: previous, transition: null };
  const gap = t - previous.t;
  const lost = gap > LONGEST_GAP_MS ? Math.max(0, gap - rule.every) : 0;
  const tree = readTree(rule.if, { ...instance, previous: instance.previous, ruleStates, t, lost });
  const unknown =
    tree.truth === null ? { kind: tree.unknown ?? 'no_data', since: previous.unknown?.since ?? t } : null;
  const verdict = unknown === null ? tree.truth : settle(rule, unknown, t);
  const next = nextPhase(rule, previous, verdict, tree, t, lost);
  const changed = next.phase !== previous.phase;
  const isTurn = changed && (next.phase === 'firing' || previous.phase === 'firing');
  const flap =
    verdict === null
      ? { changes: previous.changes, flapping: previous.flapping }
      : addState(previous, isTurn, t, rule.every);
  const state: InstanceState = {
    rule: rule.name,
    fingerprint: instance.fingerprint,
    labels: { ...instance.labels, ...rule.labels },
    phase: next.phase,
    since: changed ? t : previous.since,
    episode: previous.episode + (changed && next.phase === 'firing' ? 1 : 0),
    t,
    branches: tree.branches,
    unknown,
    recoveringSince: next.recoveringSince,
    vanishedSince: instance.vanished ? (previous.vanishedSince ?? t) : null,
    ...flap,
    version: rule.version,
  };
  if (!changed && !(previous.flapping && !flap.flapping)) return { state, transition: null };
  const reason = !changed ? 'flapping' : (reasonOf(unknown) ?? 'condition');
  return { state, transition: describe(rule, instance, state, previous.phase, reason) };
}

/** What counts for an unknown truth by now; null holds the phase. */
function settle(rule: Rule, { kind, since }: NonNullable<InstanceState['unknown']>, t: number): Truth {
  const policy = kind === 'error' ? rule.onError : rule.onNoData;
  const now = policy.for > 0 && t - since >= policy.for ? policy.then : policy.state;
  if (now === 'keep') return null;
  return now === 'alert' && kind !== 'too_few';
}

function nextPhase(
  rule: Rule,
  previous: InstanceState,
  verdict: Truth,
  tree: TreeReading,
  t: number,
  lost: number,
): { phase: Phase; recoveringSince: number | null } {
  const recovering = previous.recoveringSince;
  if (verdict === null)
    return {
      phase: previous.phase,
      recoveringSince: recovering === null ? null : recovering + t - previous.t,
    };
  if (verdict) return { phase: 'firing', recoveringSince: null };
  if (previous.phase === 'firing') {
    const since = recovering === null ? t : recovering + lost;
    if (t - since < rule.keepFiringFor) return { phase: 'firing', recoveringSince: since };
    return { phase: 'inactive', recoveringSince: null };
  }
  const isPending =
    tree.raw === true || (tree.raw === null && previous.phase === 'pending' && tree.truth === false);
  return { phase: isPending ? 'pending' : 'inactive', recoveringSince: null };
}

function isForgotten(rule: Rule, { vanishedSince, phase }: InstanceState, t: number): boolean {
  if (vanishedSince === null || phase !== 'inactive') return false;
  return t - vanishedSince >= Math.max(FORGET_AFTER_MS, rule.onNoData.for);
}

function fresh(rule: Rule, { fingerprint, labels }: Instance, t: number): InstanceState {
  return {
    rule: rule.name,
    fingerprint,
    labels,
    phase: 'inactive',
    since: t,
    episode: 0,
    t,
    branches: [],
    unknown: null,
    recoveringSince: null,
    vanishedSince: null,
    changes: [],
    flapping: false,
    version: rule.version,
  };
}

function reasonOf(unknown: InstanceState['unknown']): Transition['reason'] | undefined {
  if (unknown === null) return undefined;
  return unknown.kind === 'error' ? 'error' : 'no_data';
}

function describe(
  rule: Rule,
  instance: Instance,
  state: InstanceState,
  from: Phase,
  reason: Transition['reason'],
): Transition {
  const samples: Record<string, Sample> = {};
  for (const name of Object.keys(rule.signals)) {
    const reading = instance.read(name);
    if (reading.ok && reading.sample) samples[name] = reading.sample;
  }
  const context = { rule, labels: state.labels, signals: samples };
  return {
    rule: rule.name,
    fingerprint: state.fingerprint,
    labels: state.labels,
    at: state.t,
    from,
    to: state.phase,
    episode: state.episode,
    reason,
    flapping: state.flapping,
    branches: state.branches,
    samples,
    summary: renderTemplate(rule.summary, context),
    description: renderTemplate(rule.description, context),
  };
}

function errorOf(readings: ReadonlyMap<string, Reading>): string {
  return [...readings]
    .flatMap(([name, reading]) => (reading.ok ? [] : [`${name}: ${reading.error}`]))
    .join('; ');
}
