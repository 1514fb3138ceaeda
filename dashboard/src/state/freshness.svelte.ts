/** Whether the live values can be trusted to be of now. */
import { live } from './live.svelte.ts';
import { SILENT_AFTER_MS } from './stream.ts';
import { ticking } from './ticking.svelte.ts';

/** A connection that breaks and comes back within this is not worth a sentence. */
const BROKEN_AFTER_MS = 5000;

class Freshness {
  /** Not even a heartbeat comes. */
  silent = $derived(live.heardAt > 0 && ticking.now - live.heardAt > SILENT_AFTER_MS);
  #valuesAge = $derived(ticking.now - live.valuesAt);
  /** The values are old although they should be new. The product itself may be well: then its store is not. */
  stale = $derived(
    live.moving &&
      !live.paused &&
      live.valuesAt > 0 &&
      (this.#valuesAge > SILENT_AFTER_MS || (live.broken && this.#valuesAge > BROKEN_AFTER_MS)),
  );
}

export const freshness = new Freshness();
