/** Why a rule fires or does not, in one line. Times in unix ms. */
import type { PastTransition } from '../../../model/evaluation.ts';
import type { ExplainedBranch, ExplainedInstance, Explanation } from '../../../model/explanation.ts';
import type { Condition, FileProblem, Rule } from '../../../model/rule.ts';
import type { RuleSummary, RuleView } from '../../../model/rules-view.ts';
import { count, duration, plural } from '../format.ts';
import { label } from '../text.ts';
import { moment } from '../time.ts';
import { labelText } from './incidents.ts';
import { flat, kindOf, SIGNS, signalValue } from './signals.ts';
import type { Tone } from './tones.ts';

/** The gravest that is true of a rule. */
export function toneOfRule({ phase, unknown, mode, lastTick }: RuleSummary): Tone {
  if (mode === 'disabled' || lastTick === null) return 'new';
  if (phase === 'firing') return mode === 'shadow' ? 'watch' : 'bad';
  if (unknown > 0) return 'blind';
  return phase === 'pending' ? 'watch' : 'ok';
}

/** The line of a list: what it is, without a look at its branches. */
export function summaryWords(rule: RuleSummary): string {
  if (rule.mode === 'disabled') return 'disabled in its file';
  if (rule.lastTick === null) return 'not evaluated yet, or nothing it looks at was ever seen';
  const of = (some: number, what: string) =>
    rule.instances === 1 ? what : `${what} for ${count(some)} of ${count(rule.instances)}`;
  const words =
    rule.phase === 'firing'
      ? of(rule.firing, 'firing')
      : rule.phase === 'pending'
        ? of(rule.pending, 'true, but not for long enough')
        : rule.unknown > 0
          ? of(rule.unknown, 'cannot be told: no data, too little of it, or an error')
          : of(rule.instances, 'the condition is not true');
  return `${words}${rule.mode === 'shadow' ? ' (shadow: tells nobody)' : ''}${rule.flapping > 0 ? ', flapping' : ''}`;
}

/** Why an instance is what it became, where it was not the condition. */
const REASONS: Record<PastTransition['reason'], string> = {
  condition: '',
  no_data: ': no data',
  error: ': its signals could not be read',
  deleted: ': the rule was changed or taken away',
  flapping: ': no longer flapping',
};

/** A change of phase in a few words. */
export function transitionWords({ from, to, reason, flapping }: PastTransition): string {
  const became = from === to ? `still ${to}` : `${from} → ${to}`;
  return `${became}${REASONS[reason]}${flapping ? ', flapping' : ''}`;
}

/** A branch as the file says it, with its unit: `errors > 5 %`. */
export function branchText(rule: Rule, condition: Condition): string {
  switch (condition.kind) {
    case 'all':
      return 'all of';
    case 'any':
      return 'any of';
    case 'not':
      return 'not';
    case 'holds':
      return label(condition.signal, 60);
    case 'rule':
      return `rule ${label(condition.rule, 100)} is ${condition.state}`;
    case 'compare': {
      const kind = kindOf(rule.signals[condition.signal]);
      const recover = condition.recover;
      const until = recover ? `, until ${SIGNS[recover.op]} ${signalValue(kind, recover.threshold)}` : '';
      return `${label(condition.signal, 60)} ${SIGNS[condition.op]} ${signalValue(kind, condition.threshold)}${until}`;
    }
  }
}

/** What the branch saw, with its unit; '' where it has no value of its own. */
export function branchValue(rule: Rule, condition: Condition, branch: ExplainedBranch | undefined): string {
  if (condition.kind !== 'compare' && condition.kind !== 'holds') return '';
  return signalValue(kindOf(rule.signals[condition.signal]), branch?.value);
}

/** The first line of a rule's page: "Not firing: errors 3.1 %, needs > 5 %." */
export function firstLine(rule: Rule, { instances, omitted, error, t }: Explanation, now: number): string {
  if (error !== '') return `Cannot be told: its signals could not be read (${label(error, 300)}).`;
  const first = instances[0];
  if (first === undefined)
    return t > 0
      ? `Not firing: nothing it looks at was there at ${moment(t, now)}.`
      : 'Not firing: nothing it looks at is there.';
  const firing = instances.filter(({ phase }) => phase === 'firing');
  const which = instances.length + omitted > 1 ? ` for ${labelText(first.labels) || 'one instance'}` : '';
  if (firing.length > 0)
    return `Firing${firing.length > 1 ? ` for ${count(firing.length)} of ${plural(instances.length + omitted, 'instance')}` : which} since ${moment(first.since, now)}: ${trueWords(rule, first)}.`;
  const why = blockerWords(rule, first);
  return `${first.phase === 'pending' ? 'Pending' : 'Not firing'}${which}: ${why}.`;
}

/** What the last tick saw, as an explanation: without evaluating anything again. */
export function explanationOf({ rule, instances, summary }: RuleView): Explanation {
  const conditions = flat(rule.if).map(({ condition }) => condition);
  return {
    rule: rule.name,
    mode: rule.mode,
    t: summary.lastTick ?? 0,
    error: '',
    instances: instances.map((state) => {
      const branches = state.branches.map(
        (reading): ExplainedBranch => ({
          ...reading,
          text: '',
          for: conditions.find(({ id }) => id === reading.id)?.for ?? 0,
          held: reading.since === null ? 0 : state.t - reading.since,
        }),
      );
      const { fingerprint, labels, phase, since, flapping } = state;
      const blockers = phase === 'firing' ? [] : blockersOf(rule.if, branches);
      return { fingerprint, labels, phase, since, flapping, branches, blockers, recorded: phase };
    }),
    omitted: Math.max(0, summary.instances - instances.length),
  };
}

/** The lowest branches that are not true: they would have to change for the rule to fire. */
function blockersOf(condition: Condition, branches: readonly ExplainedBranch[]): string[] {
  if (branches.find(({ id }) => id === condition.id)?.truth === true) return [];
  if (condition.kind !== 'all' && condition.kind !== 'any') return [condition.id];
  const below = condition.of.flatMap((part) => blockersOf(part, branches));
  return below.length > 0 ? below : [condition.id];
}

/** Every branch that holds and compares something. */
function trueWords(rule: Rule, { branches }: ExplainedInstance): string {
  const words = flat(rule.if).flatMap(({ condition }) => {
    const branch = branches.find(({ id }) => id === condition.id);
    if (branch?.truth !== true || (condition.kind !== 'compare' && condition.kind !== 'holds')) return [];
    return condition.kind === 'holds'
      ? [`${label(condition.signal, 60)} says yes`]
      : [`${branchText(rule, condition)}, it is ${branchValue(rule, condition, branch)}`];
  });
  return words.join('; ') || 'its condition holds';
}

function blockerWords(rule: Rule, { branches, blockers }: ExplainedInstance): string {
  const words = flat(rule.if)
    .filter(({ condition }) => blockers.includes(condition.id))
    .map(({ condition }) =>
      blockerWord(
        rule,
        condition,
        branches.find(({ id }) => id === condition.id),
      ),
    );
  return words.slice(0, 3).join('; ') || 'its condition does not hold';
}

function blockerWord(rule: Rule, condition: Condition, branch: ExplainedBranch | undefined): string {
  const held = forWords(branch);
  if (held !== '' && branch?.since !== null) return `${branchText(rule, condition)} has held for ${held}`;
  if (branch === undefined || branch.truth === null)
    return `${branchText(rule, condition)} is unknown${branch?.why ? ` (${label(branch.why, 200)})` : ''}`;
  if (condition.kind !== 'compare') return `${branchText(rule, condition)} is not true`;
  const kind = kindOf(rule.signals[condition.signal]);
  return `${label(condition.signal, 60)} ${branchValue(rule, condition, branch)}, needs ${SIGNS[condition.op]} ${signalValue(kind, condition.threshold)}`;
}

/** "40 s of 2 min" of a branch's `for`; '' without one. */
export function forWords(branch: ExplainedBranch | undefined): string {
  if (branch === undefined || branch.for === 0) return '';
  return `${duration(Math.min(branch.held, branch.for))} of ${duration(branch.for)}`;
}

/** `slow.yaml:3:5`, as editors read it. */
export function placeOf({ file, line, column }: FileProblem): string {
  return `${label(file, 200)}:${line}:${column}`;
}
