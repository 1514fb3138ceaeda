/** The past once more: the evaluation and the incidents of the product at work, over what the store has of a stretch. */
import type { TickOutcome, Transition } from '../../model/evaluation.ts';
import type { Notice } from '../../model/incident.ts';
import type { Condition, Rule, RuleSet } from '../../model/rule.ts';
import type { SignalSource } from '../../model/signal.ts';
import { emptyBook } from '../incidents/book.ts';
import { foldTick } from '../incidents/fold.ts';
import { branchesOf } from '../language/build/rule.ts';
import { type Batch, createSchedule, type Schedule } from './schedule.ts';
import { States } from './states.ts';
import { evaluateBatch, outcomeOf } from './tick.ts';

export interface ReplayOptions {
  set: RuleSet;
  source: SignalSource;
  /** Unix ms: moments in (from, to]. */
  from: number;
  to: number;
  /** How long before `from` it begins, ms; default as long as anything can matter. */
  warmUp?: number;
  /** Called after each moment. */
  progress?: (due: number) => void;
}

/** What would have happened. */
export interface Replay {
  ticks: number;
  transitions: Transition[];
  /** What people would have been told, in order. */
  notices: Notice[];
  /** Incidents that would have been opened. */
  opened: { number: number; transition: Transition }[];
  /** Rules whose signals failed, with the last reason. */
  errors: Map<string, string>;
  /** As they are after the last moment. */
  states: States;
}

/** Flap detection looks at 21 states, and nothing before them. */
const REMEMBERED_TICKS = 21;
const READ_AHEAD = 3;
const LEAST_WARM_UP_MS = 600_000;
const MOST_WARM_UP_MS = 6 * 3_600_000;

/**
 * Replays a stretch. It begins some time before `from`, so that what was pending or firing then is so again; what
 * happens before `from` is not reported. @throws Problem as the source's
 */
export async function replay({ set, source, from, to, progress, warmUp }: ReplayOptions): Promise<Replay> {
  const schedule = createSchedule(set.rules);
  const states = new States();
  const result: Replay = { ticks: 0, transitions: [], notices: [], opened: [], errors: new Map(), states };
  let book = emptyBook();
  for await (const { due, batch, readings } of ahead(
    schedule,
    source,
    from - (warmUp ?? warmUpOf(set.rules)),
    to,
  )) {
    const outcome = outcomeOf(await evaluateBatch(batch, readings, states));
    const folded = foldTick(book, outcome, set);
    book = folded.book;
    if (due > from) keep(result, outcome, folded);
    progress?.(due);
  }
  return result;
}

interface Read {
  due: number;
  batch: Batch;
  readings: Awaited<ReturnType<SignalSource['read']>>;
}

/** What the data says does not depend on what rules make of it, so the next moments are read meanwhile. */
async function* ahead(
  schedule: Schedule,
  source: SignalSource,
  from: number,
  to: number,
): AsyncGenerator<Read> {
  const reading: Promise<Read>[] = [];
  for (let due = schedule.next(from); due !== null && due <= to; due = schedule.next(due))
    for (const batch of schedule.batches(due)) {
      const moment = due;
      const read = source.read(batch.signals, batch.t).then((readings) => ({ due: moment, batch, readings }));
      // Whoever awaits it handles its failure.
      read.catch(() => {});
      reading.push(read);
      if (reading.length > READ_AHEAD) yield await reading.shift()!;
    }
  for (const read of reading) yield await read;
}

function keep(
  result: Replay,
  outcome: TickOutcome,
  { notices, opened }: Pick<ReturnType<typeof foldTick>, 'notices' | 'opened'>,
): void {
  result.ticks += 1;
  result.transitions.push(...outcome.transitions);
  result.notices.push(...notices);
  result.opened.push(...opened);
  for (const { rule, error } of outcome.errors) result.errors.set(rule, error);
}

/** How long before a moment something can have begun that still counts at it. */
export function warmUpOf(rules: readonly Rule[]): number {
  const longest = rules.map((rule) =>
    Math.max(
      REMEMBERED_TICKS * rule.every,
      2 * (longestFor(rule.if) + rule.keepFiringFor),
      2 * rule.onNoData.for,
      2 * rule.onError.for,
    ),
  );
  return Math.min(Math.max(LEAST_WARM_UP_MS, ...longest), MOST_WARM_UP_MS);
}

const longestFor = (condition: Condition): number =>
  Math.max(...branchesOf(condition).map((branch) => branch.for));
