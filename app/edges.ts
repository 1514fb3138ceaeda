import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { edgesWatermark, refreshEdges } from '../store/edges.ts';
import type { Engine } from '../store/engine.ts';
import { peersWatermark, refreshPeers } from '../store/peers.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

const EVERY_MS = 30_000;
/** What services call costs about twice as much to read as who calls whom: every fourth turn, two minutes. */
const PEERS_EVERY = 4;

export interface EdgesJob {
  /** Spans were stored: there is something to do at the next turn. */
  stored(): void;
  stop(): Promise<void>;
}

/** Up to where one kind of edges has been read. */
class Watermark {
  isDue = true;
  readonly #first: (engine: Engine) => Promise<number>;
  readonly #next: (engine: Engine, since: number) => Promise<number>;
  #at: number | undefined;

  constructor(
    first: (engine: Engine) => Promise<number>,
    next: (engine: Engine, since: number) => Promise<number>,
  ) {
    this.#first = first;
    this.#next = next;
  }

  async refresh(engine: Engine): Promise<void> {
    if (!this.isDue) return;
    this.isDue = false;
    try {
      this.#at ??= await this.#first(engine);
      this.#at = await this.#next(engine, this.#at);
    } catch (thrown) {
      this.isDue = true;
      throw thrown;
    }
  }
}

/**
 * Keeps the edges between services up to date, twice a minute, and those to what they call, every two; only after spans
 * were stored.
 */
export function startEdgesJob(
  engine: Engine,
  log: Log,
  telemetry: Pick<Telemetry, 'job'>,
  everyMs = EVERY_MS,
): EdgesJob {
  const services = new Watermark(edgesWatermark, refreshEdges);
  const peers = new Watermark(peersWatermark, refreshPeers);
  let running: Promise<void> | undefined;
  let turns = 0;
  const turn = async () => {
    try {
      await services.refresh(engine);
      if (turns++ % PEERS_EVERY === 0) await peers.refresh(engine);
    } catch (thrown) {
      log.warn('The edges between services could not be brought up to date; it is tried again.', {
        reason: messageOf(thrown).slice(0, 300),
      });
    }
  };
  const timer = setInterval(() => {
    if (running !== undefined || !(services.isDue || peers.isDue)) return;
    running = telemetry.job('edges', turn).finally(() => {
      running = undefined;
    });
  }, everyMs);
  return {
    stored: () => {
      services.isDue = true;
      peers.isDue = true;
    },
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
