import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { edgesWatermark, refreshEdges } from '../store/edges.ts';
import type { Engine } from '../store/engine.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

const EVERY_MS = 30_000;

export interface EdgesJob {
  /** Spans were stored: there is something to do at the next turn. */
  stored(): void;
  stop(): Promise<void>;
}

/** Keeps the edges between services up to date: twice a minute, and only after spans were stored. */
export function startEdgesJob(
  engine: Engine,
  log: Log,
  telemetry: Pick<Telemetry, 'job'>,
  everyMs = EVERY_MS,
): EdgesJob {
  let isDue = true;
  let watermark: number | undefined;
  let running: Promise<void> | undefined;
  const turn = async () => {
    isDue = false;
    try {
      watermark ??= await edgesWatermark(engine);
      watermark = await refreshEdges(engine, watermark);
    } catch (thrown) {
      isDue = true;
      log.warn('The edges between services could not be brought up to date; it is tried again.', {
        reason: messageOf(thrown).slice(0, 300),
      });
    }
  };
  const timer = setInterval(() => {
    if (!isDue || running !== undefined) return;
    running = telemetry.job('edges', turn).finally(() => {
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
