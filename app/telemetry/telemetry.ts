/** The product watches itself: what the rest of `app` tells its own telemetry, whether that is on or not. */
import { randomBytes } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { idle } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Signal } from '../../model/otlp.ts';
import type { Recorder, SdkOptions } from './sdk.ts';

export interface Telemetry {
  /** By which the door knows what is the product's own; nobody else can know it. */
  ownMark: string;
  /** Watches each request of the API and the pages. */
  request: MiddlewareHandler;
  /** An attempt to insert a segment is over. */
  insertTried(signal: Signal, ms: number, isStored: boolean): void;
  /** Runs a turn of a job in the background and notes how long it took; what it throws is thrown. */
  job<T>(name: string, turn: () => Promise<T>): Promise<T>;
  /** Everything that is counted, in Prometheus' text format; null while it is off or still loading. */
  metrics(): Promise<string | null>;
  /** Loads the SDK and begins to send. Returns at once and never throws: without telemetry the product still works. */
  start(options: Options): void;
  /** Sends what is left. */
  stop(): Promise<void>;
}

type Options = Omit<SdkOptions, 'log' | 'ownMark'>;

/** The SDK takes about 0.3 s of CPU to load: the page and the first senders come first. */
const START_AFTER_MS = 300;

/** @param isOn false: nothing is loaded, nothing is sent, and all of it costs nothing */
export function createTelemetry(isOn: boolean, log: Log): Telemetry {
  const ownMark = randomBytes(16).toString('hex');
  let recorder: Recorder | undefined;
  let starting: Promise<void> | undefined;
  let stopped = false;
  const load = async (options: Options) => {
    await idle(START_AFTER_MS);
    if (stopped) return;
    try {
      const { startSdk } = await import('./sdk.ts');
      recorder = await startSdk({ ...options, ownMark, log });
    } catch (thrown) {
      log.warn('Loopwatch cannot watch itself; everything else works.', { reason: messageOf(thrown) });
    }
  };
  return {
    ownMark,
    request: async (c, next) => {
      const startedAt = Date.now();
      const began = performance.now();
      await next();
      const ms = performance.now() - began;
      recorder?.request({ method: c.req.method, route: routePath(c), status: c.res.status, startedAt, ms });
    },
    insertTried: (signal, ms, isStored) => recorder?.insert(signal, ms, isStored),
    job: async (name, turn) => {
      const began = performance.now();
      try {
        return await turn();
      } finally {
        recorder?.job(name, performance.now() - began);
      }
    },
    metrics: async () => (await recorder?.metrics()) ?? null,
    start: (options) => {
      if (isOn) starting = load(options);
    },
    stop: async () => {
      stopped = true;
      if (recorder === undefined && starting !== undefined)
        await Promise.race([starting, idle(STOP_WITHIN_MS)]);
      await recorder?.stop();
    },
  };
}

const STOP_WITHIN_MS = 1_000;
