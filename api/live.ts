import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { type Clock, idle } from '../base/clock.ts';
import type { ServicesView } from '../model/service.ts';
import type { Status } from '../model/status.ts';

export interface LiveOptions {
  clock: Clock;
  /** Reads the services of a relative range, e.g. `now-1h`. */
  services: (from: string, env: string) => Promise<ServicesView>;
  status: () => Promise<Status>;
}

interface View {
  from: string;
  env: string;
  /** Called when there is something new for a page. */
  readers: Set<() => void>;
  /** Last events, for readers that join. */
  latest: { id: number; services: string } | undefined;
  running: boolean;
}

/** Least time between two readings of a view; with the drain's age limit it keeps ingest to pixel under 2 s. */
const MIN_GAP_MS = 500;
/** Without new data a view is read again this often: its window moves on. */
const IDLE_MS = 10_000;
/** A page that hears nothing for longer than a few beats says that it is stale. */
const BEAT_MS = 15_000;
/** How often the product's own status is looked at for each page. */
const STATUS_MS = 1_000;
const MAX_VIEWS = 50;

/**
 * Server-sent events for open pages. However many pages look at the same range, it is read once; it is read when
 * something was stored, at most twice a second, and not at all while nobody looks.
 */
export class LiveHub {
  readonly #options: LiveOptions;
  readonly #views = new Map<string, View>();
  readonly #alarms = new Set<Alarm>();
  #closed = false;
  #nextId = 1;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  /** Something is new in the store. */
  changed(): void {
    for (const alarm of this.#alarms) alarm.ring();
  }

  close(): void {
    this.#closed = true;
    for (const alarm of this.#alarms) alarm.ring();
    for (const view of this.#views.values()) for (const ring of view.readers) ring();
  }

  /**
   * One page's stream: `services` and `status` events, and `beat` while nothing changes.
   * @param stays whether who asked may still have it; else it ends
   */
  stream(c: Context, from: string, env: string, stays = () => true): Response {
    return streamSSE(c, async (stream) => {
      const view = this.#join(from, env);
      const alarm = new Alarm();
      const ring = () => alarm.ring();
      view.readers.add(ring);
      let open = true;
      stream.onAbort(() => {
        open = false;
        alarm.ring();
      });
      let sent = 0;
      let status = '';
      let lastWord = this.#options.clock.now();
      const write = async (message: { event: string; id?: string; data: string }) => {
        await stream.writeSSE(message);
        lastWord = this.#options.clock.now();
      };
      try {
        while (open && !this.#closed && stays()) {
          const now = JSON.stringify(await this.#options.status());
          if (now !== status) await write({ event: 'status', data: now });
          status = now;
          if (view.latest !== undefined && view.latest.id !== sent) {
            sent = view.latest.id;
            await write({ event: 'services', id: String(sent), data: view.latest.services });
          }
          if (this.#options.clock.now() - lastWord >= BEAT_MS) await write({ event: 'beat', data: '' });
          await alarm.wait(STATUS_MS);
        }
      } finally {
        view.readers.delete(ring);
      }
    });
  }

  #join(from: string, env: string): View {
    const key = `${from}\n${env}`;
    let view = this.#views.get(key);
    if (view === undefined) {
      if (this.#views.size >= MAX_VIEWS) this.#forgetUnread();
      view = { from, env, readers: new Set(), latest: undefined, running: false };
      this.#views.set(key, view);
    }
    if (!view.running) void this.#run(key, view);
    return view;
  }

  #forgetUnread(): void {
    for (const [key, view] of this.#views) if (view.readers.size === 0) this.#views.delete(key);
  }

  async #run(key: string, view: View): Promise<void> {
    view.running = true;
    const alarm = new Alarm();
    this.#alarms.add(alarm);
    await Promise.resolve();
    while (!this.#closed && view.readers.size > 0) {
      await this.#read(view);
      await idle(MIN_GAP_MS);
      await alarm.wait(IDLE_MS);
    }
    this.#alarms.delete(alarm);
    this.#views.delete(key);
  }

  async #read(view: View): Promise<void> {
    try {
      const services = JSON.stringify(await this.#options.services(view.from, view.env));
      view.latest = { id: this.#nextId++, services };
    } catch {
      // The status event says that the store is down; the page keeps its last values and calls them stale.
    }
    for (const ring of view.readers) ring();
  }
}

/** A bell for one listener: rung while nobody waits, the next wait ends at once. */
class Alarm {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async wait(atMostMs: number): Promise<void> {
    if (!this.#rung) {
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
        idle(atMostMs),
      ]);
    }
    this.#rung = false;
    this.#wake = undefined;
  }
}
