/** Freezes what an incident rests on while the data still exists. */
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Transition } from '../../model/evaluation.ts';
import type { Evidence } from '../../model/incident.ts';
import type { RuleSet } from '../../model/rule.ts';
import type { State } from '../../store/state/state.ts';
import { type Background, inBackground } from './background.ts';
import { indexOf } from './draft.ts';
import type { CollectEvidence } from './incidents.ts';

/** After so long it is given up: the store was away, and what it has by then says little about the opening. */
const GIVE_UP_MS = 10 * 60_000;
const AT_ONCE = 10;
/** A herd shares one cause: the first incidents' evidence shows it, and thousands of queries would not help. */
const MOST_AT_ONCE = 50;
const MOST = { series: 20, points: 500, traces: 10, logs: 20, text: 2_000 };

interface CollectorOptions {
  state: State;
  set: () => RuleSet;
  clock: Clock;
  evidence: CollectEvidence;
}

/** Collects on call; never within the tick that opened the incident, because telling comes first. */
export const createCollector = (options: CollectorOptions): Background =>
  inBackground((isStopped) => collectAll(options, isStopped));

async function collectAll(
  { state, set, clock, evidence }: CollectorOptions,
  isStopped: () => boolean,
): Promise<void> {
  const failed = new Set<number>();
  for (;;) {
    const waiting = state.incidents
      .withoutEvidence(AT_ONCE + failed.size)
      .filter((number) => !failed.has(number));
    if (waiting.length === 0) return;
    const collected = new Map<number, Evidence>();
    for (const number of waiting) {
      const view = state.incidents.get(number)!;
      const known: Evidence = view.evidence!;
      const rule = indexOf(set().rules).byName.get(view.incident.rule);
      const found = await evidence(view.incident, rule).catch((thrown: unknown) => messageOf(thrown));
      if (isStopped()) break;
      if (typeof found !== 'string') collected.set(number, { ...known, ...bounded(found) });
      else if (clock.now() - view.incident.openedAt < GIVE_UP_MS) failed.add(number);
      else collected.set(number, { ...known, missing: [cannotRead(found)] });
    }
    // One sync for all of them: each blocks the process, and with it the door.
    state.transaction(() => {
      for (const [number, one] of collected) state.incidents.setEvidence(number, one);
    });
    if (isStopped()) return;
  }
}

const cannotRead = (reason: string): string =>
  `Series, traces and logs could not be read: ${reason.slice(0, 300)}`;

/** What is known at the opening itself. @param place among those that open in the same tick, from 0 */
export function openEvidence(state: State, number: number, transition: Transition, place: number): void {
  const { at, branches, samples } = transition;
  const known = { at, branches, samples, series: [], traces: [], logs: [] };
  if (place < MOST_AT_ONCE)
    state.incidents.open(number, {
      ...known,
      missing: ['Series, traces and logs are still being collected.'],
    });
  else
    state.incidents.setEvidence(number, {
      ...known,
      missing: [`Not collected: more than ${MOST_AT_ONCE} incidents opened at once. See the first of them.`],
    });
}

type Found = Awaited<ReturnType<CollectEvidence>>;

function bounded({ series, traces, logs, missing }: Found): Found {
  return {
    series: series.slice(0, MOST.series).map((one) => ({ ...one, points: one.points.slice(-MOST.points) })),
    traces: traces.slice(0, MOST.traces),
    logs: logs.slice(0, MOST.logs).map((log) => ({ ...log, body: log.body.slice(0, MOST.text) })),
    missing: missing.slice(0, 20),
  };
}
