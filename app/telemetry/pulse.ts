export interface PulseOptions {
  /** Milliseconds between two looks. */
  everyMs: number;
  /** Grows while something happens. */
  activity: () => number;
  send: () => void;
}

/** While nothing happens, only one look in so many sends. */
const REST = 4;

/**
 * Sends at every look while something happens, and at every fourth while nothing does: each small insert of points is
 * dear (see ARCHITECTURE.md), and a product at rest has little to say.
 * @returns ends it
 */
export function startPulse({ everyMs, activity, send }: PulseOptions): () => void {
  let seen = activity();
  let quiet = 0;
  const timer = setInterval(() => {
    const now = activity();
    quiet = now === seen ? quiet + 1 : 0;
    seen = now;
    if (quiet % REST === 0) send();
  }, everyMs).unref();
  return () => clearInterval(timer);
}
