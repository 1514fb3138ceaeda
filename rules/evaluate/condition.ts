/** The condition tree at one moment: the truth of every branch, with its `for` and recovery. */
import type { BranchReading, InstanceState, Phase } from '../../model/evaluation.ts';
import type { Comparison, Condition, Truth } from '../../model/rule.ts';
import type { Labels } from '../../model/signal.ts';
import type { InstanceReading } from './instances.ts';
import { allOf, anyOf, not } from './kleene.ts';

/** Instances of another rule with their labels; undefined when it has never been evaluated. */
export type RuleStates = (
  rule: string,
) => readonly { readonly labels: Labels; readonly phase: Phase }[] | undefined;

export type Unknown = NonNullable<InstanceState['unknown']>['kind'];

export interface Surroundings {
  /** Of the instance's series. */
  labels: Labels;
  previous: Pick<InstanceState, 't' | 'branches'> | undefined;
  read: (signal: string) => InstanceReading;
  ruleStates: RuleStates;
  t: number;
  /** Time since the last evaluation that does not count towards any `for`, ms. */
  lost: number;
}

export interface TreeReading {
  truth: Truth;
  /** The truth if nothing had to hold for a time: a rule is pending when this is true and `truth` is not. */
  raw: Truth;
  branches: BranchReading[];
  /** The gravest reason why anything is unknown. */
  unknown: Unknown | null;
}

/** Reads the whole tree, the root's branch first. No branch is skipped, so each has its value at every moment. */
export function readTree(condition: Condition, around: Surroundings): TreeReading {
  const tree: TreeReading = { truth: null, raw: null, branches: [], unknown: null };
  const { truth, raw } = readBranch(condition, around, tree);
  return { ...tree, truth, raw };
}

/** What a branch says by itself, before its own `for`. */
interface Own {
  truth: Truth;
  raw: Truth;
  value: number | null;
  why: string;
  unknown: Unknown | null;
}

function readBranch(
  condition: Condition,
  around: Surroundings,
  tree: TreeReading,
): { truth: Truth; raw: Truth } {
  const place = tree.branches.push({ id: condition.id, truth: null, value: null, since: null, why: '' }) - 1;
  const before = around.previous?.branches.find(({ id }) => id === condition.id)?.since ?? null;
  const own = readOwn(condition, around, tree, before !== null);
  const since = heldSince(own.truth, before, around);
  const truth = own.truth === true ? around.t - since! >= condition.for : own.truth;
  tree.branches[place] = { id: condition.id, truth, value: own.value, since, why: own.why };
  tree.unknown = graver(tree.unknown, own.unknown);
  return { truth, raw: own.raw };
}

/** While it is unknown, and while nobody looked, the time it has held neither grows nor is lost. */
function heldSince(own: Truth, before: number | null, { t, lost, previous }: Surroundings): number | null {
  if (own === false) return null;
  if (before === null) return own === true ? t : null;
  return own === true ? before + lost : before + (t - previous!.t);
}

function readOwn(condition: Condition, around: Surroundings, tree: TreeReading, held: boolean): Own {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const parts = condition.of.map((part) => readBranch(part, around, tree));
      const combine = condition.kind === 'all' ? allOf : anyOf;
      return group(combine(parts.map((part) => part.truth)), combine(parts.map((part) => part.raw)));
    }
    case 'not': {
      const part = readBranch(condition.of, around, tree);
      return group(not(part.truth), not(part.raw));
    }
    case 'rule':
      return readRule(condition, around);
    case 'holds':
      return readValue(around.read(condition.signal), (value) => value !== 0);
    case 'compare':
      return readValue(
        around.read(condition.signal),
        (value) =>
          holds(value, condition.op, condition.threshold) ||
          (held &&
            condition.recover !== null &&
            !holds(value, condition.recover.op, condition.recover.threshold)),
      );
  }
}

function group(truth: Truth, raw: Truth): Own {
  return { truth, raw, value: null, why: '', unknown: null };
}

function readValue(reading: InstanceReading, isTrue: (value: number) => boolean): Own {
  if (!reading.ok) return unknown('error', reading.error);
  const { sample } = reading;
  if (sample === undefined) return unknown('no_data', 'no data');
  const { value, count } = sample;
  if (value !== null && Number.isFinite(value)) {
    const truth = isTrue(value);
    return { truth, raw: truth, value, why: '', unknown: null };
  }
  if (value === null && count > 0) return unknown('too_few', `too few events to tell (${count})`);
  return unknown('no_data', 'no data');
}

function readRule(
  { rule, state }: Extract<Condition, { kind: 'rule' }>,
  { ruleStates, labels }: Surroundings,
): Own {
  const states = ruleStates(rule)?.filter((one) => agree(labels, one.labels));
  const truth = isInState(states, state);
  if (truth === null) return unknown('no_data', `rule ${rule} has not been evaluated yet`);
  return { truth, raw: truth, value: null, why: '', unknown: null };
}

/** Whether any instance is in a state, or for `inactive` all; unknown of what was never evaluated. */
export function isInState(states: ReturnType<RuleStates>, state: Phase): Truth {
  if (states === undefined) return null;
  return state === 'inactive'
    ? states.every(({ phase }) => phase === state)
    : states.some(({ phase }) => phase === state);
}

/** An instance of another rule counts for this one unless a label that both have differs. */
function agree(mine: Labels, others: Labels): boolean {
  return Object.keys(mine).every((name) => others[name] === undefined || others[name] === mine[name]);
}

function unknown(kind: Unknown, why: string): Own {
  return { truth: null, raw: null, value: null, why, unknown: kind };
}

const GRAVITY: readonly (Unknown | null)[] = [null, 'too_few', 'no_data', 'error'];

function graver(a: Unknown | null, b: Unknown | null): Unknown | null {
  return GRAVITY.indexOf(a) >= GRAVITY.indexOf(b) ? a : b;
}

/** Both numbers are finite. `eq` and `ne` are exact: meant for counts and states. */
export function holds(value: number, op: Comparison, threshold: number): boolean {
  switch (op) {
    case 'gt':
      return value > threshold;
    case 'gte':
      return value >= threshold;
    case 'lt':
      return value < threshold;
    case 'lte':
      return value <= threshold;
    case 'eq':
      return value === threshold;
    case 'ne':
      return value !== threshold;
  }
}
