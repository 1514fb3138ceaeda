import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { SeriesGuard } from '../collector/receive/series-guard.ts';
import { type CardinalityLimits, findOffenders } from '../store/cardinality.ts';
import type { Engine } from '../store/engine.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

const EVERY_MS = 60_000;

export interface CardinalityJob {
  /** Something was stored: there is something to count at the next turn. */
  stored(): void;
  stop(): Promise<void>;
}

/** Counts series and span names once a minute, after something was stored, and tells the guard at the door. */
export function startCardinalityJob(
  engine: Engine,
  guard: SeriesGuard,
  limits: CardinalityLimits,
  log: Log,
  now: () => number,
  telemetry: Pick<Telemetry, 'job'>,
  everyMs = EVERY_MS,
): CardinalityJob {
  let isDue = false;
  let running: Promise<void> | undefined;
  const named = new Set<string>();
  const turn = async () => {
    isDue = guard.offenders().length > 0;
    try {
      guard.found(await findOffenders(engine, limits, now()));
    } catch (thrown) {
      isDue = true;
      log.warn('Series could not be counted; it is tried again.', {
        reason: messageOf(thrown).slice(0, 300),
      });
      return;
    }
    for (const { kind, service, metric, count, limit, attribute } of guard.offenders()) {
      const key = JSON.stringify([kind, service, metric]);
      if (named.has(key)) continue;
      named.add(key);
      const what = kind === 'series' ? 'A metric has too many series' : 'A service has too many span names';
      log.warn(`${what}.`, { service, metric, count, limit, attribute });
    }
  };
  const timer = setInterval(() => {
    if (!isDue || running !== undefined) return;
    running = telemetry.job('cardinality', turn).finally(() => {
      running = undefined;
    });
  }, everyMs);
  return {
    stored: () => {
      isDue = true;
    },
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
