/** Freezes what an incident rests on while the data still exists. */
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Evidence } from '../../model/incident.ts';
import type { RuleSet } from '../../model/rule.ts';
import type { State } from '../../store/state/state.ts';
import { indexOf } from './draft.ts';
import type { CollectEvidence } from './incidents.ts';

/** After so long it is given up: the store was away, and what it has by then says little about the opening. */
const GIVE_UP_MS = 10 * 60_000;
const AT_ONCE = 10;
/** A herd shares one cause: the first incidents' evidence shows it, and thousands of queries would not help. */
const MOST_WAITING = 50;
const MOST = { series: 20, points: 500, traces: 10, logs: 20, text: 2_000 };

/** A function that collects what is missing, one incident after the other; calls while it runs share its end. */
export function collector(options: {
  state: State;
  set: () => RuleSet;
  clock: Clock;
  evidence: CollectEvidence;
}): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= collectAll(options).finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function collectAll({ state, set, clock, evidence }: Parameters<typeof collector>[0]): Promise<void> {
  skipHerd(state);
  const failed = new Set<number>();
  for (;;) {
    const waiting = state.incidents
      .withoutEvidence(AT_ONCE + failed.size)
      .filter((number) => !failed.has(number));
    if (waiting.length === 0) return;
    for (const number of waiting) {
      const view = state.incidents.get(number)!;
      const known: Evidence = view.evidence!;
      try {
        const rule = indexOf(set().rules).byName.get(view.incident.rule);
        const found = await evidence(view.incident, rule);
        state.incidents.setEvidence(number, { ...known, ...bounded(found) });
      } catch (thrown) {
        if (clock.now() - view.incident.openedAt < GIVE_UP_MS) failed.add(number);
        else
          state.incidents.setEvidence(number, {
            ...known,
            missing: [`Series, traces and logs could not be read: ${messageOf(thrown).slice(0, 300)}`],
          });
      }
    }
  }
}

function skipHerd(state: State): void {
  const waiting = state.incidents.withoutEvidence(10_000).slice(MOST_WAITING);
  if (waiting.length === 0) return;
  const missing = [
    `Not collected: more than ${MOST_WAITING} incidents opened at once. See the first of them.`,
  ];
  state.transaction(() => {
    for (const number of waiting) {
      const known = state.incidents.get(number)!.evidence!;
      state.incidents.setEvidence(number, { ...known, missing });
    }
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
