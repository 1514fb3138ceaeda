/** What a test expected against what came, in words. */
import { formatDuration } from '../../base/units.ts';
import type { BranchReading, InstanceState, Phase } from '../../model/evaluation.ts';
import { branchesOf } from '../language/build/rule.ts';
import { ms } from '../language/forms/values.ts';
import type { ExpectationForm } from './form.ts';
import type { Course } from './run.ts';

export interface Mismatch {
  /** As in the file: `9m`. */
  at: string;
  message: string;
  /** The branches of the condition at that moment, a line each. */
  branches: readonly string[];
}

const PHASES: readonly Phase[] = ['inactive', 'pending', 'firing'];

/** Everything that is not as expected at the moment of the expectation. @param start of the test, unix ms */
export function mismatches(course: Course, expected: ExpectationForm, start: number): Mismatch[] {
  const instances = course.states.filter((state) => has(state.labels, expected.labels ?? {}));
  const state = loudest(instances);
  const found: string[] = [];
  const compare = (what: string, wanted: unknown, got: unknown) => {
    if (wanted !== undefined && wanted !== got) found.push(`${what} is ${say(got)}, expected ${say(wanted)}`);
  };
  if (expected.labels && instances.length === 0 && expected.state !== 'inactive')
    found.push(
      `there is no instance with ${JSON.stringify(expected.labels)}; there are ${named(course.states)}`,
    );
  else compare('state', expected.state, state?.phase ?? 'inactive');
  const transitions = course.transitions.filter(({ labels }) => has(labels, expected.labels ?? {}));
  compare('the reason', expected.reason, transitions.at(-1)?.reason);
  compare('unknown', expected.unknown, state?.unknown?.kind ?? 'none');
  compare('flapping', expected.flapping, state?.flapping ?? false);
  compare('the summary', expected.summary, transitions.findLast(({ to }) => to === 'firing')?.summary);
  const open = [...course.book.incidents.values()].filter(({ status }) => status !== 'resolved').length;
  compare('the number of open incidents', expected.incidents, open);
  for (const [receiver, wanted] of Object.entries(expected.notify ?? {})) {
    const told = course.told.filter((one) => one.receiver === receiver);
    if (typeof wanted === 'number')
      compare(
        `times that ${receiver} was told it fires`,
        wanted,
        told.filter(({ status }) => status === 'firing').length,
      );
    else compare(`what ${receiver} was told last`, wanted, told.at(-1)?.status ?? 'nothing');
  }
  const at = start + ms(expected.at, 0);
  return found.map((message) => ({
    at: expected.at,
    message,
    branches: state ? explain(course, state, at) : [],
  }));
}

function has(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => (labels[name] ?? '') === value);
}

function loudest(states: readonly InstanceState[]): InstanceState | undefined {
  return [...states].sort((a, b) => PHASES.indexOf(b.phase) - PHASES.indexOf(a.phase))[0];
}

function say(value: unknown): string {
  return typeof value === 'string' && value.includes(' ') ? `"${value}"` : String(value);
}

function named(states: readonly InstanceState[]): string {
  return states.length === 0
    ? 'none'
    : states
        .slice(0, 5)
        .map(({ labels }) => JSON.stringify(labels))
        .join(', ');
}

function explain({ rule }: Course, { branches, t }: InstanceState, at: number): string[] {
  const conditions = new Map(branchesOf(rule.if).map((condition) => [condition.id, condition]));
  return branches.map((branch) => {
    const condition = conditions.get(branch.id);
    const what =
      condition?.kind === 'compare' || condition?.kind === 'holds'
        ? `${condition.signal} = ${branch.value ?? 'unknown'}`
        : (condition?.kind ?? '');
    return `${branch.id.padEnd(16)} ${truthOf(branch, condition?.for ?? 0, Math.min(t, at)).padEnd(28)} ${what}`.trimEnd();
  });
}

function truthOf({ truth, since, why }: BranchReading, wanted: number, t: number): string {
  if (truth === null) return why === '' ? 'unknown' : `unknown: ${why}`;
  if (since !== null && wanted > 0 && !truth)
    return `false, held ${formatDuration(t - since)} of ${formatDuration(wanted)}`;
  return String(truth);
}
