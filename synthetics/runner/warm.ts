import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Environment } from '../journey/environment.ts';
import type { StartOrder } from './messages.ts';
import { type Pair, startPair } from './pair.ts';
import type { JourneyFile } from './port.ts';

/** A browser grows: 200 runs, an hour or 1 GiB, whatever comes first. */
export const RECYCLE = { runs: 200, ageMs: 3_600_000, memoryMib: 1_024 };

export interface WarmOptions {
  order: StartOrder;
  environment: Environment;
  /** For a folder of each pair. */
  folder: string;
  said: (text: string) => void;
  recycle: typeof RECYCLE;
  clock: Clock;
  log: Log;
}

/** Keeps one pair of runner and browser ready. */
export interface Warm {
  /** The pair this journey can run on: a changed file needs a process that has not imported it. */
  borrow(journey: JourneyFile): Promise<Pair>;
  /** After a run. A pair that is worn or unfit is closed and a new one started at once: the next run is to start on time. */
  giveBack(pair: Pair, fit: boolean, memoryMib: number): void;
  /** Kills a pair that does not answer, and starts a new one. */
  discard(pair: Pair): void;
  start(): Promise<void>;
  close(): Promise<void>;
}

interface Lent {
  pair: Pair;
  /** Versions of the files it has imported. */
  imported: Map<string, string>;
  runs: number;
  startedAt: number;
}

/** Nothing is started until somebody asks. */
export function keepWarm({ order, environment, folder, said, recycle, clock, log }: WarmOptions): Warm {
  let current: Promise<Lent> | undefined;
  let started = 0;
  let isClosed = false;
  const closing = new Set<Promise<void>>();

  const startOne = async (): Promise<Lent> => {
    const scratch = join(folder, `${started++}`);
    const pair = await startPair({ order, environment, scratch, said });
    return { pair, imported: new Map(), runs: 0, startedAt: clock.now() };
  };
  const ensure = (): Promise<Lent> => {
    if (current !== undefined) return current;
    const lent = startOne();
    current = lent;
    const forget = () => {
      if (current === lent) current = undefined;
    };
    // A browser that crashes between two runs must not cost the next one.
    lent.then(({ pair }) => pair.ended.then(forget), forget);
    return lent;
  };
  const replace = (close: () => Promise<void>) => {
    current = undefined;
    const closed = close();
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
    if (!isClosed)
      ensure().catch((thrown) => log.warn('No browser for journeys', { reason: messageOf(thrown) }));
  };
  const isWorn = ({ runs, startedAt }: Lent, memoryMib: number) =>
    runs >= recycle.runs || clock.now() - startedAt >= recycle.ageMs || memoryMib >= recycle.memoryMib;

  return {
    borrow: async ({ file, definition }) => {
      let lent = await ensure();
      if ((lent.imported.get(file) ?? definition) !== definition) {
        const old = lent.pair;
        replace(() => old.close());
        lent = await ensure();
      }
      lent.imported.set(file, definition);
      lent.runs++;
      return lent.pair;
    },
    giveBack: async (pair, fit, memoryMib) => {
      const lent = await current?.catch(() => undefined);
      if (lent?.pair === pair && (!fit || isWorn(lent, memoryMib))) replace(() => pair.close());
    },
    discard: (pair) => {
      pair.kill();
      replace(() => pair.ended);
    },
    start: async () => {
      await ensure();
    },
    close: async () => {
      isClosed = true;
      const last = await current?.catch(() => undefined);
      current = undefined;
      await Promise.all([last?.pair.close(), ...closing]);
    },
  };
}
