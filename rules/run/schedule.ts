/** When rules are due: on an absolute grid, so that every process and every replay finds the same moments. Pure. */
import type { Rule } from '../../model/rule.ts';
import type { SignalSpec } from '../../model/signal.ts';
import { rulesNamedBy } from '../language/load.ts';
import { inOrder } from '../language/order.ts';

/** Rules that are always due together. */
interface Cohort {
  every: number;
  delay: number;
  rules: readonly Rule[];
}

/** Rules to be evaluated at one grid time, each after those it looks at. */
export interface Batch {
  /** Grid time, unix ms. */
  t: number;
  rules: readonly Rule[];
  /** All their signals but states of rules, by `signalName`; the same object whenever the same rules are due. */
  signals: ReadonlyMap<string, SignalSpec>;
}

/** The name of a rule's signal among all signals. */
export const signalName = (rule: string, signal: string): string => `${rule}/${signal}`;

export interface Schedule {
  /** The first moment after `now` at which anything is due (unix ms); null without rules. */
  next(now: number): number | null;
  /** Of all moments in (after, now] the last of each rule, ascending. */
  newest(after: number, now: number): number[];
  /** What is due at exactly this moment, oldest grid time first. */
  batches(due: number): Batch[];
  /** The least time between two moments, ms. */
  pace: number;
}

/** @param rules disabled ones are left out */
export function createSchedule(rules: readonly Rule[]): Schedule {
  const cohorts = cohortsOf(inOrder(rules, rulesNamedBy).filter(({ mode }) => mode !== 'disabled'));
  const known = new Map<string, Omit<Batch, 't'>>();
  const together = (due: readonly Cohort[]): Omit<Batch, 't'> => {
    const key = due.map(({ every, delay }) => `${every}/${delay}`).join();
    const batch = known.get(key) ?? batchOf(due);
    known.set(key, batch);
    return batch;
  };
  return {
    pace: Math.min(...cohorts.map(({ every }) => every)),
    next: (now) => (cohorts.length === 0 ? null : Math.min(...cohorts.map((one) => nextOf(one, now)))),
    newest: (after, now) => {
      const last = cohorts.map((one) => gridTime(one, now) + one.delay).filter((due) => due > after);
      return [...new Set(last)].sort((a, b) => a - b);
    },
    batches: (due) => {
      const byTime = new Map<number, Cohort[]>();
      for (const cohort of cohorts.filter(({ every, delay }) => (due - delay) % every === 0))
        byTime.set(due - cohort.delay, [...(byTime.get(due - cohort.delay) ?? []), cohort]);
      return [...byTime].sort(([a], [b]) => a - b).map(([t, cohorts]) => ({ t, ...together(cohorts) }));
    },
  };
}

/** The newest grid time of a rule that is due at `now`: floor((now − delay) / every) · every. */
export const gridTime = ({ every, delay }: Pick<Rule, 'every' | 'delay'>, now: number): number =>
  Math.floor((now - delay) / every) * every;

const nextOf = (cohort: Cohort, now: number): number => gridTime(cohort, now) + cohort.every + cohort.delay;

function cohortsOf(rules: readonly Rule[]): Cohort[] {
  const cohorts = new Map<string, Rule[]>();
  for (const rule of rules) {
    const key = `${rule.every}/${rule.delay}`;
    const cohort = cohorts.get(key);
    if (cohort) cohort.push(rule);
    else cohorts.set(key, [rule]);
  }
  return [...cohorts.values()].map((members) => ({
    every: members[0]!.every,
    delay: members[0]!.delay,
    rules: members,
  }));
}

function batchOf(cohorts: readonly Cohort[]): Omit<Batch, 't'> {
  const rules =
    cohorts.length === 1
      ? cohorts[0]!.rules
      : inOrder(
          cohorts.flatMap((cohort) => cohort.rules),
          rulesNamedBy,
        );
  return { rules, signals: signalsOf(rules) };
}

/** The signals of rules that a source is asked for. */
export function signalsOf(rules: readonly Rule[]): Map<string, SignalSpec> {
  const signals = new Map<string, SignalSpec>();
  for (const rule of rules)
    for (const [name, spec] of Object.entries(rule.signals))
      if (spec.kind !== 'rule') signals.set(signalName(rule.name, name), spec);
  return signals;
}
