/** When each request of a replay is due: in the order of time, the gaps divided by the speed. */
import type { Spool, Spooled } from './spool.ts';

/** Requests that are due together. */
export interface ReplayStep {
  /** Unix milliseconds. */
  dueAt: number;
  entries: Spooled[];
}

export interface ReplayPlan {
  /** From the first request to the last. */
  durationMs: number;
  steps(): Generator<ReplayStep>;
}

/** What is due within this time goes out together: fewer requests, and no eye sees the difference. */
const STEP_MS = 100;

/**
 * An exporter sends a request when its last item has ended, so a request is due at its newest time; one without any
 * time is due at once.
 * @param speed how many times as fast as it happened
 * @param startAt unix milliseconds of the first request
 */
export function replay({ entries }: Pick<Spool, 'entries'>, speed: number, startAt: number): ReplayPlan {
  const sorted = [...entries].sort((a, b) => (a.newest < b.newest ? -1 : a.newest > b.newest ? 1 : 0));
  const first = sorted.find(({ newest }) => newest > 0n)?.newest ?? 0n;
  const offset = ({ newest }: Spooled) =>
    newest === 0n ? 0 : Number((newest - first) / 1_000n) / 1_000 / speed;
  const durationMs = sorted.length > 0 ? offset(sorted.at(-1)!) : 0;
  return {
    durationMs,
    *steps() {
      let step: ReplayStep | undefined;
      for (const entry of sorted) {
        const dueAt = startAt + offset(entry);
        if (step && dueAt - step.dueAt >= STEP_MS) {
          yield step;
          step = undefined;
        }
        step ??= { dueAt, entries: [] };
        step.entries.push(entry);
      }
      if (step) yield step;
    },
  };
}
