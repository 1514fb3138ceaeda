import type { Clock } from '../../base/clock.ts';
import type { RulesRun } from './run.ts';

/** No timer is trusted for longer: the clock may be set meanwhile, and files may change. */
const LOOK_EVERY_MS = 5_000;

/** Calls `turn` whenever something is due. @returns what ends it, resolving when the turn under way is over */
export function startLoop(run: RulesRun, clock: Clock): () => Promise<void> {
  let wake: () => void = () => {};
  let isStopped = false;
  const loop = (async () => {
    while (!isStopped) {
      const next = await run.turn();
      if (isStopped) return;
      const pause = Math.min(Math.max(next - clock.now(), 1), LOOK_EVERY_MS);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  })();
  return async () => {
    isStopped = true;
    wake();
    await loop;
  };
}
