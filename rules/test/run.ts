/** Runs one test: the same evaluation and the same incidents as live, on a clock, data and receivers of its own. */
import type { InstanceState, Phase, Transition } from '../../model/evaluation.ts';
import type { Rule, RuleSet } from '../../model/rule.ts';
import type { Reading } from '../../model/signal.ts';
import type { RuleStates } from '../evaluate/condition.ts';
import { evaluateRule } from '../evaluate/evaluate.ts';
import { type Book, emptyBook } from '../incidents/book.ts';
import { foldTick } from '../incidents/fold.ts';
import { ms } from '../language/forms/values.ts';
import type { TestCase } from './form.ts';
import { type Mismatch, mismatches } from './judge.ts';
import { readTable } from './source.ts';
import type { Table } from './table.ts';

/** Everything that a test can ask for, as it is after a tick. */
export interface Course {
  rule: Rule;
  states: readonly InstanceState[];
  book: Book;
  /** In order. */
  transitions: Transition[];
  told: { receiver: string; status: 'firing' | 'resolved' }[];
}

export interface TestRun {
  rule: Rule;
  set: RuleSet;
  test: TestCase;
  table: Table;
  /** Phases of other rules, by name; inactive without. */
  others: Readonly<Record<string, Phase>>;
  /** Unix ms. */
  start: number;
}

/** Runs until the last expectation; what was not as expected, in the order of the file. */
export function runTest({ rule, set, test, table, others, start }: TestRun): Mismatch[] {
  const course: Course = { rule, states: [], book: emptyBook(), transitions: [], told: [] };
  const ruleStates: RuleStates = (name) => [{ labels: {}, phase: others[name] ?? 'inactive' }];
  const found: (Mismatch & { place: number })[] = [];
  const expectations = test.expect
    .map((expected, place) => ({ expected, place, at: start + ms(expected.at, 0) }))
    .sort((a, b) => a.at - b.at);
  const outages = outagesOf(test, start);
  const missed: number[] = [];
  let due = 0;
  for (let t = Math.ceil(start / rule.every) * rule.every; due < expectations.length; t += rule.every) {
    for (; due < expectations.length && expectations[due]!.at < t; due++)
      found.push(...judged(course, expectations[due]!, start));
    const outage = outages.find(({ from, to }) => t >= from && t < to);
    if (outage !== undefined) {
      missed.push(t);
      if (outage.restarts) restart(course);
      else
        fold(course, set, { t, states: [], transitions: [], removed: [], sourceDown: 'down, says the test' });
      continue;
    }
    for (const tick of [...missed.splice(0), t]) evaluateTick(course, set, table, ruleStates, tick, t);
  }
  return found.sort((a, b) => a.place - b.place);
}

function judged(
  course: Course,
  { expected, place }: { expected: TestCase['expect'][number]; place: number },
  start: number,
): (Mismatch & { place: number })[] {
  return mismatches(course, expected, start).map((one) => ({ ...one, place }));
}

interface Outage {
  from: number;
  to: number;
  /** The engine itself is away; else its data. */
  restarts: boolean;
}

function outagesOf(test: TestCase, start: number): Outage[] {
  return (test.faults ?? []).flatMap(({ at, restart: down, source_down: source }) => {
    const from = start + ms(at, 0);
    const length = ms(down?.down_for ?? source?.for, 0);
    return [{ from, to: from + length, restarts: down !== undefined }];
  });
}

/** What survives is what was written: plain JSON. */
function restart(course: Course): void {
  course.states = JSON.parse(JSON.stringify(course.states)) as InstanceState[];
  const incidents = [...course.book.incidents].map(
    ([key, one]) => [key, JSON.parse(JSON.stringify(one))] as const,
  );
  course.book = { ...course.book, incidents: new Map(incidents) };
}

function evaluateTick(
  course: Course,
  set: RuleSet,
  table: Table,
  ruleStates: RuleStates,
  t: number,
  now: number,
): void {
  const { rule } = course;
  const readings = new Map<string, Reading>();
  for (const [name, spec] of Object.entries(rule.signals))
    if (spec.kind !== 'rule') readings.set(name, readTable(table, spec, t));
  const { states, removed, transitions } = evaluateRule(rule, course.states, readings, ruleStates, t);
  course.states = states;
  course.transitions.push(...transitions);
  fold(course, set, { t, states, removed, transitions, sourceDown: '' }, now);
}

function fold(
  course: Course,
  set: RuleSet,
  outcome: Omit<Parameters<typeof foldTick>[1], 'errors'>,
  now = outcome.t,
): void {
  const { book, notices } = foldTick(course.book, { ...outcome, errors: [] }, set, now);
  course.book = book;
  for (const { receiver, status } of notices) course.told.push({ receiver, status });
}
