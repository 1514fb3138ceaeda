import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Slo } from '../model/rule.ts';
import { countSlos } from '../store/slo/count.ts';
import type { Store } from './store.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

const EVERY_MS = 30_000;
/** How soon an edited file is counted. */
const LOOK_MS = 5_000;

export interface SlosJob {
  /** Spans were stored: there is something to count at the next turn. */
  stored(): void;
  stop(): Promise<void>;
}

/** Counts what promises are about: twice a minute while spans are stored, and soon after the promises were edited. */
export function startSlosJob(
  { engine, ready }: Pick<Store, 'engine' | 'ready'>,
  slos: () => readonly Slo[],
  log: Log,
  telemetry: Pick<Telemetry, 'job'>,
): SlosJob {
  let isReady = false;
  let isDue = true;
  let counted: readonly Slo[] = [];
  let running: Promise<void> | undefined;
  let next = 0;
  const turn = async () => {
    isDue = false;
    counted = slos();
    try {
      await countSlos(engine, counted);
    } catch (thrown) {
      isDue = true;
      log.warn('What SLOs are about could not be counted; it is tried again.', {
        reason: messageOf(thrown).slice(0, 300),
      });
    }
  };
  ready
    .then(() => {
      isReady = true;
    })
    .catch(() => {});
  const timer = setInterval(() => {
    const isWanted = slos() !== counted || (isDue && performance.now() >= next);
    if (!isReady || running !== undefined || !isWanted) return;
    next = performance.now() + EVERY_MS;
    running = telemetry.job('slos', turn).finally(() => {
      running = undefined;
    });
  }, LOOK_MS);
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
