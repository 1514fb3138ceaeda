/** What goes into the history of evaluations: what changed, and of the rest every so many ticks one. */
import type { InstanceState, TickOutcome } from '../../model/evaluation.ts';

/** Ticks between two rows of an instance of which nothing changed. */
const KEPT_EVERY = 10;

/** Rows for the store. Times in unix ms. */
export interface HistoryRows {
  evaluations: readonly InstanceState[];
  transitions: TickOutcome['transitions'];
}

/** Where history goes; it may take its time, and what it loses can be replayed. */
export interface History {
  write(rows: HistoryRows): void;
}

/** Picks the rows; remembers what it saw of each instance last. */
export class Thinning {
  readonly #seen = new Map<string, { signature: string; ticks: number }>();

  rowsOf({ states, removed, transitions }: TickOutcome): HistoryRows {
    const evaluations = states.filter((state) => this.#isKept(state));
    for (const { rule, fingerprint } of removed) this.#seen.delete(`${rule}/${fingerprint}`);
    return { evaluations, transitions };
  }

  /** The first row of an instance is kept, and then those at places of its own, so that not all come in one tick. */
  #isKept(state: InstanceState): boolean {
    const key = `${state.rule}/${state.fingerprint}`;
    const signature = signatureOf(state);
    const known = this.#seen.get(key);
    if (known === undefined) {
      this.#seen.set(key, {
        signature,
        ticks: Number.parseInt(state.fingerprint.slice(-4), 16) % KEPT_EVERY,
      });
      return true;
    }
    known.ticks += 1;
    if (known.signature === signature && known.ticks < KEPT_EVERY) return false;
    known.signature = signature;
    known.ticks = 0;
    return true;
  }
}

function signatureOf({ phase, branches }: InstanceState): string {
  let signature: string = phase;
  for (const { truth, why } of branches) signature += `${truth}${why}`;
  return signature;
}
