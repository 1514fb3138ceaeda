/** Which rows count for a promise, and which of them are bad: SQL over the span rollup or over spans. */
import type { Slo } from '../../model/rule.ts';
import type { Matcher, SeriesSpec } from '../../model/signal.ts';
import { labelSql, matcherSql } from '../signals/labels.ts';
import { seriesRead } from '../signals/reads.ts';
import { tableOf } from '../signals/tables.ts';
import type { Texts } from '../signals/texts.ts';

const DAY_MS = 86_400_000;

/** `rollup`: exact from the rollup by minute. `spans`: each span. `sequence`: traces. `none`: it counts no spans. */
export type CountedFrom = 'rollup' | 'spans' | 'sequence' | 'none';

/** What tells a promise from others, and from itself before an edit of what counts. */
export const keyOf = ({ name, definition }: Pick<Slo, 'name' | 'definition'>): string =>
  `${name} ${definition}`;

/** The cheapest table that can answer for a promise. */
export function countedFrom({ transaction, bad, total }: Slo): CountedFrom {
  if (transaction !== null && transaction.steps.length > 1) return 'sequence';
  if (bad.kind === 'slo') return 'spans';
  if (bad.kind !== 'spans' || total.kind !== 'spans') return 'none';
  return [bad, total].every(isRollup) ? 'rollup' : 'spans';
}

const isRollup = (spec: SeriesSpec): boolean =>
  tableOf(seriesRead(spec, DAY_MS), () => '')?.form === 'rollup';

/** SQL of two numbers for each row: what it adds to the valid and to the bad events. */
export interface Addends {
  valid: string;
  bad: string;
}

/** Of a row of `span_red_1m`. */
export function rollupAddends({ bad, total }: Slo, texts: Texts): Addends {
  const addend = ({ where }: SeriesSpec) => {
    const outcome = where.find(({ key }) => key === 'status');
    const rest = where.filter((matcher) => matcher !== outcome);
    const summed = outcome === undefined ? 'Requests' : outcome.op === '=' ? 'Errors' : 'Requests - Errors';
    return `if(${conditionSql(rest, false, texts)}, ${summed}, 0.)`;
  };
  return { valid: addend(total), bad: addend(bad) };
}

/** Of a row of `otel_traces`, where `Weight` is how many spans it stands for. Not for sequences. */
export function spanAddends({ transaction, bad, total }: Slo, texts: Texts): Addends {
  const addend = (condition: string) => `if(${condition}, Weight, 0.)`;
  if (transaction === null)
    return {
      valid: addend(conditionSql(total.where, true, texts)),
      bad: addend(conditionSql(bad.where, true, texts)),
    };
  const condition = conditionSql(transaction.steps[0]!, true, texts);
  return { valid: addend(condition), bad: addend(`${condition} AND ${badSql(transaction)}`) };
}

/** Whether a span that counts is bad. */
export function badSql({ withoutError, fasterThan }: NonNullable<Slo['transaction']>): string {
  const reasons = [
    ...(withoutError ? ["StatusCode = 'Error'"] : []),
    ...(fasterThan === null ? [] : [`Duration >= ${nanoseconds(fasterThan)}`]),
  ];
  return `(${reasons.join(' OR ')})`;
}

/** Of milliseconds, as `Duration` has them. */
export const nanoseconds = (ms: number): number => Math.round(ms * 1e6);

/** Requests are what servers and consumers do, and probes are not users, unless a condition names them. */
export function conditionSql(matchers: readonly Matcher[], isRaw: boolean, texts: Texts): string {
  const isNamed = (label: string) => matchers.some(({ key }) => key === label);
  return [
    ...(isNamed('probe') ? [] : ['NOT Probe']),
    ...(isNamed('span.kind') ? [] : ["SpanKind IN ('Server', 'Consumer')"]),
    ...matchers.map((matcher) =>
      matcherSql('spans', matcher, labelSql('spans', matcher.key, isRaw, texts), texts),
    ),
  ].join(' AND ');
}
