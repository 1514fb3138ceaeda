import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work that is done beside the ticks, one run at a time. */
export interface Background {
  /** Runs it, or once more when it runs already; resolves when nothing is left that can be done now. */
  run(): Promise<void>;
  /** Ends after what is being worked on. */
  stop(): Promise<void>;
}

/** @param work begins in a later turn of the event loop than the call that asked for it */
export function inBackground(work: (isStopped: () => boolean) => Promise<void>): Background {
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  const loop = async () => {
    do {
      await nextTurn();
      again = false;
      if (!stopped) await work(() => stopped);
    } while (again && !stopped);
  };
  return {
    run: () => {
      again = true;
      running ??= loop().finally(() => {
        running = undefined;
      });
      return running;
    },
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}
