/** Runs of probes as cells and words: what the pages of experience show, without a page. Times in unix ms. */
import type { FailureClass, ProbeKind, ProbeRun } from '../../../model/probe.ts';
import type { Availability, ProbeRunSummary, ProbeSummary } from '../../../model/probes.ts';
import { count, duration, MISSING, percent } from '../format.ts';
import { label } from '../text.ts';
import type { Tone } from './tones.ts';

/**
 * `tainted`: good, on a machine too busy to measure. `own`: the probe broke, not the target. `blind`: nobody looked.
 * `none`: there was no such step in the run.
 */
export type CellState = 'good' | 'slow' | 'tainted' | 'failed' | 'own' | 'blind' | 'none';

export const CELL_WORDS: Readonly<Record<CellState, string>> = {
  good: 'good',
  slow: 'slower than promised',
  tainted: 'good, on a busy machine',
  failed: 'failed',
  own: 'the probe’s own fault',
  blind: 'blind: nobody looked',
  none: 'not reached',
};

/** One slot of the schedule at one location. */
export interface Slot {
  at: number;
  state: CellState;
  /** The run that stands for it; null where nobody looked. */
  run: ProbeRunSummary | null;
  /** Why nobody looked, or what failed; '' when all is well. */
  why: string;
}

/** The last slots that fit a row of cells. */
export const MOST_SLOTS = 60;

/**
 * The slots of one location, oldest first: those with runs, and between them and after them those that were due and
 * have none.
 * @param runs of one location, newest first
 * @param threshold of a whole run in ms, null without
 * @param until the moment the runs are known up to; slots of the last two intervals may still come
 */
export function slotsOf(
  runs: readonly ProbeRunSummary[],
  threshold: number | null,
  until: number,
  most: number = MOST_SLOTS,
): Slot[] {
  const bySlot = [...Map.groupBy(runs, ({ scheduledAt }) => scheduledAt)].toSorted(([a], [b]) => b - a);
  const slots: Slot[] = [];
  let newer: number | null = null;
  for (const [at, of] of bySlot) {
    const every = of[0]!.every;
    const end: number = newer ?? until - every;
    slots.push(...missed(at, end, every, most - slots.length));
    if (slots.length >= most) break;
    slots.push(slotOf(at, of, threshold));
    newer = at;
  }
  return slots.slice(0, most).reverse();
}

/** Slots strictly between two moments, newest first. */
function missed(after: number, before: number, every: number, most: number): Slot[] {
  if (!(every > 0)) return [];
  const due = Math.ceil((before - after) / every) - 1;
  return Array.from({ length: Math.max(0, Math.min(due, most)) }, (_, i) => ({
    at: after + (due - i) * every,
    state: 'blind',
    run: null,
    why: 'no run, and nobody said why',
  }));
}

/** A slot is as good as its best run: the one that confirms a failure included. */
function slotOf(at: number, runs: readonly ProbeRunSummary[], threshold: number | null): Slot {
  const passed = runs.find(({ verdict }) => verdict === 'passed');
  const failed = runs.find(({ verdict, failure }) => verdict === 'failed' && failure?.class !== 'probe');
  const run = passed ?? failed ?? runs.find(({ verdict }) => verdict === 'failed') ?? runs[0]!;
  return { at, state: stateOf(run, threshold), run, why: run.failure?.message ?? run.skipped };
}

function stateOf({ verdict, failure, conditions, durationMs }: ProbeRunSummary, threshold: number | null) {
  if (verdict === 'skipped') return 'blind';
  if (verdict === 'failed') return failure?.class === 'probe' ? 'own' : 'failed';
  if (conditions.tainted) return 'tainted';
  return threshold !== null && durationMs > threshold ? 'slow' : 'good';
}

/** A cell in words: "14:05 failed, 4.1 s: status is 503". */
export function slotWords({ state, run, why }: Slot, time: string): string {
  const took = run && run.verdict !== 'skipped' ? `, ${duration(run.durationMs)}` : '';
  return `${time} ${CELL_WORDS[state]}${took}${why === '' ? '' : `: ${label(why, 200)}`}`;
}

/** How many of each there are, for those who cannot see the cells. */
export function slotSentence(slots: readonly Slot[]): string {
  if (slots.length === 0) return 'no runs';
  const counts = Map.groupBy(slots, ({ state }) => state);
  return [...counts].map(([state, found]) => `${found.length} ${CELL_WORDS[state]}`).join(', ');
}

/** "99.2 %", "≥ 91 %" or "75–97 %" while some of it was not seen, "–" when nothing was. */
export function upWords({ value, lowest, highest, blind }: Availability): string {
  if (value === null) return MISSING;
  if (blind === 0 || lowest === null || highest === null) return percent(value);
  return highest < 1 ? `${percent(lowest).replace(/ %$/, '')}–${percent(highest)}` : `≥ ${percent(lowest)}`;
}

/** The bounds in a sentence. */
export function upSentence({ up, down, blind }: Availability): string {
  const seen = `up in ${count(up)} of ${count(up + down)} slots that were seen`;
  return blind === 0 ? seen : `${seen}; ${count(blind)} were blind and may have been either`;
}

/** The worst that is true of a probe now, named. */
export function stateOfProbe({ latest, scheduled, wait, threshold, availability }: ProbeSummary): {
  tone: Tone;
  words: string;
} {
  if (!scheduled) return { tone: 'new', words: 'not scheduled any more' };
  const failing = latest.filter(
    ({ verdict, failureClass }) => verdict === 'failed' && failureClass !== 'probe',
  );
  if (failing.length > 0)
    return {
      tone: 'bad',
      words: `fails from ${failing.map(({ location }) => label(location, 30)).join(', ')}`,
    };
  if (latest.every(({ verdict }) => verdict !== 'passed')) return { tone: 'blind', words: 'nobody looks' };
  if (wait !== null && threshold !== null && wait > threshold) return { tone: 'bad', words: 'slow' };
  if (availability.value === null) return { tone: 'blind', words: 'nobody looked' };
  if (availability.down > 0) return { tone: 'watch', words: 'failed in this time' };
  return { tone: 'ok', words: 'good' };
}

const TONES: readonly Tone[] = ['bad', 'blind', 'watch', 'ok', 'new'];

/** Worst first, then by name. */
export function worstFirst(probes: readonly ProbeSummary[]): ProbeSummary[] {
  const rank = new Map(probes.map((each) => [each, TONES.indexOf(stateOfProbe(each).tone)]));
  return probes.toSorted((a, b) => rank.get(a)! - rank.get(b)! || (a.name < b.name ? -1 : 1));
}

const BLAME: Readonly<Record<FailureClass, string>> = {
  target: 'the target’s fault: it did not answer, or with an error',
  assertion: 'it answered something else than promised',
  probe: 'the probe’s own fault: it says nothing about the target and pages nobody',
};

/** How the run ended, and whose fault it was. */
export function verdictWords({ verdict, failure, skipped }: ProbeRun): string {
  if (verdict === 'passed') return 'Passed';
  if (verdict === 'skipped') return `Did not happen: ${label(skipped, 300)}`;
  return failure === null ? 'Failed' : `Failed, ${BLAME[failure.class]}`;
}

/**
 * The command that runs a journey locally, and whether its file's name is a guess. Names come from telemetry: one that
 * is not plain never gets into a line that people paste into a shell.
 */
export function localCommand(kind: ProbeKind, name: string): string | null {
  if (kind !== 'journey') return null;
  const isPlain = /^[A-Za-z0-9][\w.-]{0,99}$/.test(name);
  return `npm run journey -- synthetics/${isPlain ? name : 'NAME'}.journey.ts`;
}
