import type { ActionDesk } from './desk.ts';

/** A question or a request is late by this at most; what a tick proposes is done at once. */
const STEP_EVERY_MS = 250;

/** Does what is due until it is stopped. */
export interface ActionLoop {
  /** Something was proposed. */
  wake(): void;
  /** Begins nothing more, and resolves when the calls under way have ended. */
  stop(): Promise<void>;
}

/** A hook that does not answer holds up its own operation only: no step waits for the one before it. */
export function startActions(actions: Pick<ActionDesk, 'step'>): ActionLoop {
  const steps = new Set<Promise<unknown>>();
  let isStopped = false;
  const wake = () => {
    if (isStopped) return;
    const step = actions.step().finally(() => steps.delete(step));
    steps.add(step);
  };
  const timer = setInterval(wake, STEP_EVERY_MS);
  return {
    wake,
    stop: async () => {
      isStopped = true;
      clearInterval(timer);
      await Promise.all(steps);
    },
  };
}
