/** Conditions: from their form in the file to the tree that is evaluated. */

import { parseDuration, parseSize } from '../../../base/units.ts';
import type { Comparison, Condition } from '../../../model/rule.ts';
import type { SignalSpec } from '../../../model/signal.ts';
import type { ComparisonForm, ConditionForm } from '../forms/rule.ts';
import { ms } from '../forms/values.ts';
import { type Known, refer, type Say, unknownName } from './say.ts';

const COMPARISONS = ['gt', 'gte', 'lt', 'lte', 'eq', 'ne'] as const;
const RISING: readonly Comparison[] = ['gt', 'gte'];
const FALLING: readonly Comparison[] = ['lt', 'lte'];
/** Deep enough for people; recursion over it is safe. */
const DEEPEST = 20;

type Path = (string | number)[];

export interface ConditionContext {
  /** Undefined where the signal could not be understood, which has been told of. */
  signals: Readonly<Record<string, SignalSpec | undefined>>;
  known: Known;
  say: Say;
}

/** The tree below one condition of the file; its id is its path, like `if.all[1].not`. Undefined when told of. */
export function buildCondition(
  form: ConditionForm,
  path: Path,
  context: ConditionContext,
): Condition | undefined {
  const { say } = context;
  const kinds = (['all', 'any', 'not', 'signal', 'rule'] as const).filter((kind) => form[kind] !== undefined);
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? 'has none' : `has ${kinds.join(' and ')}`;
    say(path, `a condition has one of all, any, not, signal, rule; this one ${found}`);
    return undefined;
  }
  if (path.length > 2 * DEEPEST) {
    say(path, `is nested more than ${DEEPEST} deep`);
    return undefined;
  }
  const kind = kinds[0]!;
  refuseStrayKeys(form, kind, path, say);
  const branch = { id: idOf(path), for: ms(form.for, 0) };
  if (kind === 'all' || kind === 'any') {
    const of = form[kind]!.map((one, i) => buildCondition(one, [...path, kind, i], context));
    return of.every((one) => one !== undefined) ? { ...branch, kind, of } : undefined;
  }
  if (kind === 'not') {
    const of = buildCondition(form.not!, [...path, 'not'], context);
    return of && { ...branch, kind, of };
  }
  if (kind === 'signal') return buildLeaf(form, branch, path, context);
  refer(context.known, 'rule', form.rule!, [...path, 'rule'], say);
  return { ...branch, kind, rule: form.rule!, state: form.state ?? 'firing' };
}

function refuseStrayKeys(form: ConditionForm, kind: string, path: Path, say: Say): void {
  const own: Record<string, readonly string[]> = { signal: [...COMPARISONS, 'recover'], rule: ['state'] };
  const allowed = [kind, 'for', ...(own[kind] ?? [])];
  for (const [key, value] of Object.entries(form))
    if (value !== undefined && !allowed.includes(key))
      say([...path, key], `"${key}" does not belong beside "${kind}"`);
}

function idOf(path: Path): string {
  return path.reduce<string>(
    (id, step) => (typeof step === 'number' ? `${id}[${step}]` : id ? `${id}.${step}` : step),
    '',
  );
}

function buildLeaf(
  form: ConditionForm,
  branch: { id: string; for: number },
  path: Path,
  { signals, say }: ConditionContext,
): Condition | undefined {
  const signal = form.signal!;
  if (!Object.hasOwn(signals, signal)) {
    say([...path, 'signal'], unknownName('signal', signal, Object.keys(signals)));
    return undefined;
  }
  const spec = signals[signal];
  const given = COMPARISONS.filter((op) => form[op] !== undefined);
  if (spec !== undefined && isYesOrNo(spec)) {
    if (given.length > 0)
      say([...path, given[0]!], `signal ${signal} is yes or no: write { signal: ${signal} } alone`);
    return { ...branch, kind: 'holds', signal };
  }
  const limit = buildComparison(form, spec, path, say);
  if (limit === undefined) return undefined;
  const recover = form.recover && buildComparison(form.recover, spec, [...path, 'recover'], say);
  if (recover) checkRecovery(limit, recover, [...path, 'recover'], say);
  return { ...branch, kind: 'compare', signal, ...limit, recover: recover ?? null };
}

interface Limit {
  op: Comparison;
  threshold: number;
}

function buildComparison(
  form: ComparisonForm,
  spec: SignalSpec | undefined,
  path: Path,
  say: Say,
): Limit | undefined {
  const given = COMPARISONS.filter((op) => form[op] !== undefined);
  if (given.length !== 1) {
    say(path, `needs exactly one comparison: ${COMPARISONS.join(', ')}`);
    return undefined;
  }
  const op = given[0]!;
  return { op, threshold: buildAmount(form[op]!, spec, [...path, op], say) };
}

/** A fraction, milliseconds or bytes, where the signal is measured so. */
function buildAmount(amount: string | number, spec: SignalSpec | undefined, path: Path, say: Say): number {
  if (typeof amount === 'number') {
    if (!Number.isFinite(amount)) say(path, 'must be a finite number');
    return amount;
  }
  if (amount.endsWith('%')) {
    if (spec && isDuration(spec)) say(path, 'the signal is a duration: write it like 800ms');
    return shiftDecimal(amount.slice(0, -1));
  }
  if (amount.endsWith('B')) {
    if (spec && spec.kind !== 'metric') say(path, 'only a metric can be a size');
    return parseSize(amount);
  }
  if (spec && !isDuration(spec))
    say(path, 'the signal is not a duration in ms: write a plain number, in the unit of the metric');
  return parseDuration(amount);
}

/** Per cent to a fraction without an error of the division: 0.1 % is 0.001. */
function shiftDecimal(text: string): number {
  return Number(`${text}e-2`);
}

function isDuration(spec: SignalSpec): boolean {
  if (spec.kind === 'spans') return spec.measure.startsWith('p');
  if (spec.kind === 'probe') return spec.measure === 'duration';
  return spec.kind === 'change' && spec.as === 'difference' && isDuration(spec.of);
}

/** Signals that are a truth by themselves. */
export function isYesOrNo(spec: SignalSpec): boolean {
  if (spec.kind === 'probe') return spec.measure !== 'duration';
  return spec.kind === 'slo_burn' || spec.kind === 'absent' || spec.kind === 'rule' || spec.kind === 'deploy';
}

function checkRecovery(limit: Limit, recover: Limit, path: Path, say: Say): void {
  const isRising = RISING.includes(limit.op);
  const isOpposite = isRising
    ? FALLING.includes(recover.op)
    : FALLING.includes(limit.op) && RISING.includes(recover.op);
  if (!isOpposite) say(path, 'must look the other way: lt or lte after gt or gte, gt or gte after lt or lte');
  else if (isRising ? recover.threshold > limit.threshold : recover.threshold < limit.threshold)
    say(path, 'is beyond the threshold: it would be recovered while it is still wrong');
}
