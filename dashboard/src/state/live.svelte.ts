/** The values every page stands on: services and status of the present view, live where the range moves with the clock. */
import { untrack } from 'svelte';
import type { ServicesView } from '../../../model/service.ts';
import type { Status } from '../../../model/status.ts';
import { api, liveUrl, type Problem, problemOf } from './api.ts';
import { browser } from './browser.ts';
import { isLive } from './range.ts';
import type { View } from './routes.ts';
import { type EventName, join } from './stream.ts';
import { Throughput } from './throughput.ts';

/** A hidden tab leaves the stream, so that only tabs somebody looks at hold a connection. */
const LEAVE_HIDDEN_AFTER_MS = 10_000;

class Live {
  services = $state.raw<ServicesView | undefined>();
  status = $state.raw<Status | undefined>();
  problem = $state.raw<Problem | undefined>();
  /** Unix milliseconds of the last services: what stands in the tables is of then. */
  valuesAt = $state(0);
  /** Unix milliseconds of the last sign of life of any kind; a heartbeat says nothing of the values. */
  heardAt = $state(0);
  broken = $state(false);
  paused = $state(false);
  /** True while `services` is still of the view before. */
  pending = $state(true);
  /** Items per second that came in lately; null until two statuses were seen. */
  itemsPerSecond = $state<number | null>(null);
  moving = $state(true);

  #view: View | undefined;
  #leave: (() => void) | undefined;
  #abort: AbortController | undefined;
  #throughput = new Throughput();

  /** Shows `view` from now on. */
  follow(view: View): void {
    untrack(() => {
      const before = this.#view;
      this.#view = view;
      // Another environment's numbers must not stand there meanwhile; another range's may, dimmed.
      if (before && before.env !== view.env) this.services = undefined;
      this.pending = true;
      this.problem = undefined;
      this.moving = isLive(view);
      this.paused = false;
      this.#start();
    });
  }

  /** Stops following; the values stay. */
  leave(): void {
    this.#leave?.();
    this.#leave = undefined;
    this.#abort?.abort();
  }

  togglePause(): void {
    if (!this.moving) return;
    this.paused = !this.paused;
    if (this.paused) this.leave();
    else this.#start();
  }

  /** Asks again after a failure. */
  retry(): void {
    this.problem = undefined;
    this.#start();
  }

  /** Leaves the stream while nobody looks and takes it up again. Returns the way to undo it. */
  watchVisibility(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onChange = () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => this.leave(), LEAVE_HIDDEN_AFTER_MS);
      else if (!this.#leave && !this.paused && this.moving) this.#start();
    };
    document.addEventListener('visibilitychange', onChange);
    return () => document.removeEventListener('visibilitychange', onChange);
  }

  #start(): void {
    const view = this.#view;
    this.leave();
    if (!view) return;
    if (!this.moving) {
      void this.#ask(view);
      return;
    }
    this.#leave = join(
      liveUrl(view),
      {
        event: (name, data) => this.#take(name, data),
        broken: () => this.#break(view),
      },
      browser,
    );
  }

  #take(name: EventName, data: string): void {
    const now = Date.now();
    if (name === 'services') {
      this.services = JSON.parse(data);
      this.pending = false;
      this.valuesAt = now;
    } else if (name === 'status') {
      this.#takeStatus(JSON.parse(data), now);
    }
    this.heardAt = now;
    this.broken = false;
    if (name === 'services') this.problem = undefined;
  }

  #takeStatus(status: Status, now: number): void {
    this.status = status;
    this.itemsPerSecond = this.#throughput.add(status.ingest.acceptedItems, now);
  }

  /** An EventSource keeps the reason of a refusal to itself, so the same question is asked the plain way. */
  #break(view: View): void {
    this.broken = true;
    if (this.pending) void this.#ask(view);
  }

  async #ask(view: View): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const current = () => !abort.signal.aborted;
    try {
      const status = await api.status(abort.signal);
      if (current()) this.#takeStatus(status, Date.now());
      const services = await api.services(view, abort.signal);
      if (!current()) return;
      this.services = services;
      this.pending = false;
      this.problem = undefined;
      this.valuesAt = this.heardAt = Date.now();
    } catch (error) {
      if (current()) this.problem = problemOf(error);
    }
  }
}

export const live = new Live();
