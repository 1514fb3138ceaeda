/** Values of signals as people read them, and the thresholds that rules hold them against. */
import type { Comparison, Condition } from '../../../model/rule.ts';
import type { SeriesSpec, SignalSpec } from '../../../model/signal.ts';
import { count, duration, MISSING, percent } from '../format.ts';

/** What a number of the signal is: a share, milliseconds, yes or no, or a number whose unit is not known. */
export type ValueKind = 'share' | 'milliseconds' | 'truth' | 'number';

/** @param spec undefined where the signal is not known any more */
export function kindOf(spec: SignalSpec | undefined): ValueKind {
  switch (spec?.kind) {
    case 'ratio':
      return 'share';
    case 'spans':
      return isQuantile(spec) ? 'milliseconds' : 'number';
    case 'probe':
      return spec.measure === 'duration' ? 'milliseconds' : 'truth';
    case 'slo_burn':
    case 'absent':
    case 'rule':
    case 'deploy':
      return 'truth';
    case 'change':
      return spec.as === 'difference' ? kindOf(spec.of) : 'number';
    default:
      return 'number';
  }
}

const isQuantile = (spec: SeriesSpec): boolean => spec.kind === 'spans' && /^p\d/.test(spec.measure);

/** "3.1 %", "210 ms", "yes", "4.2"; "–" for what is not known. */
export function signalValue(kind: ValueKind, value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  if (kind === 'share') return value < 0 ? `−${percent(-value)}` : percent(value);
  if (kind === 'milliseconds') return duration(value);
  if (kind === 'truth') return value === 0 ? 'no' : 'yes';
  return count(value);
}

export const SIGNS: Readonly<Record<Comparison, string>> = {
  gt: '>',
  gte: '≥',
  lt: '<',
  lte: '≤',
  eq: '=',
  ne: '≠',
};

export type Compare = Extract<Condition, { kind: 'compare' }>;

/** Every comparison of `signal` in the condition. */
export function comparesOf(condition: Condition, signal: string): Compare[] {
  if (condition.kind === 'compare') return condition.signal === signal ? [condition] : [];
  if (condition.kind === 'all' || condition.kind === 'any')
    return condition.of.flatMap((part) => comparesOf(part, signal));
  return condition.kind === 'not' ? comparesOf(condition.of, signal) : [];
}

/** All conditions in the order of the file, with their depth. */
export function flat(condition: Condition, depth = 0): { condition: Condition; depth: number }[] {
  const below =
    condition.kind === 'all' || condition.kind === 'any'
      ? condition.of
      : condition.kind === 'not'
        ? [condition.of]
        : [];
  return [{ condition, depth }, ...below.flatMap((part) => flat(part, depth + 1))];
}
