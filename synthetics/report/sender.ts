import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';

/** Something to be taken to the front door. */
export interface Delivery {
  method: 'POST' | 'PUT';
  /** Below the endpoint, e.g. `/v1/traces`. */
  path: string;
  /** Media type. */
  type: string;
  /** What it weighs while it waits. */
  bytes: number;
  /** Made when it is sent. @throws when it is not there any more; it is then given up */
  body: () => Promise<Uint8Array<ArrayBuffer> | string>;
  /** Called once: it was taken or given up. */
  done?: () => void;
}

export interface SenderOptions {
  /** Base URL of OTLP/HTTP, e.g. `http://localhost:4318`. */
  endpoint: string;
  /** '' for none. */
  token: string;
  log: Log;
  /** Most bytes that wait while nobody takes them, of results (`POST`, in memory) and of files (`PUT`, on the disk). */
  limits?: Record<Delivery['method'], number>;
  /** Milliseconds before the first retry; twice as long each time, up to half a minute. */
  retryMs?: number;
}

const LIMITS = { POST: 64 * 2 ** 20, PUT: 256 * 2 ** 20 };
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
const REQUEST_WITHIN_MS = 30_000;
/** The door's own words for "come again". */
const COME_AGAIN = new Set([408, 429, 500, 502, 503, 504]);

/**
 * Takes results to the front door, one after the other, and waits for it as long as it takes. Nothing waits for this
 * queue; when there is no room, the oldest of the same kind is given up and counted: files never push results out.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #waiting: Delivery[] = [];
  readonly #bytes = { POST: 0, PUT: 0 };
  #lost = 0;
  #working: Promise<void> | undefined;
  readonly #stop = new AbortController();

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Deliveries that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  send(delivery: Delivery): void {
    const { method } = delivery;
    this.#waiting.push(delivery);
    this.#bytes[method] += delivery.bytes;
    this.#makeRoom(method);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** Waits for what is queued, `withinMs` at most; gives up the rest. */
  async stop(withinMs: number): Promise<void> {
    const timer = setTimeout(() => this.#stop.abort(), withinMs);
    await this.#working;
    clearTimeout(timer);
    for (const delivery of [...this.#waiting]) this.#forget(delivery);
  }

  #makeRoom(method: Delivery['method']): void {
    const most = (this.#options.limits ?? LIMITS)[method];
    while (this.#bytes[method] > most) {
      // The first is on its way already.
      const oldest = this.#waiting.find((one, i) => i > 0 && one.method === method);
      if (oldest === undefined) return;
      if (this.#lost++ === 0)
        this.#options.log.warn('Results of probes are lost: nobody has taken them for too long.', {
          endpoint: this.#options.endpoint,
        });
      this.#forget(oldest);
    }
  }

  async #work(): Promise<void> {
    let retryMs = this.#options.retryMs ?? RETRY_MS;
    for (let delivery = this.#waiting[0]; delivery !== undefined; delivery = this.#waiting[0]) {
      const reason = await this.#attempt(delivery);
      if (this.#stop.signal.aborted) return;
      if (reason === undefined) {
        this.#forget(delivery);
        retryMs = this.#options.retryMs ?? RETRY_MS;
        continue;
      }
      if (retryMs === (this.#options.retryMs ?? RETRY_MS))
        this.#options.log.warn('Results of probes are not taken; they wait and are tried again.', {
          endpoint: this.#options.endpoint,
          reason,
        });
      await this.#pause(retryMs);
      if (this.#stop.signal.aborted) return;
      retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
    }
  }

  /** @returns undefined when there is nothing more to do for it, else why it is tried again */
  async #attempt(delivery: Delivery): Promise<string | undefined> {
    const { endpoint, token, log } = this.#options;
    let body: Uint8Array<ArrayBuffer> | string;
    try {
      body = await delivery.body();
    } catch (thrown) {
      log.warn('A file of a probe is gone before it was sent.', { reason: messageOf(thrown) });
      return undefined;
    }
    try {
      const answer = await fetch(`${endpoint}${delivery.path}`, {
        method: delivery.method,
        headers: {
          'Content-Type': delivery.type,
          ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
        },
        body,
        redirect: 'error',
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(REQUEST_WITHIN_MS)]),
      });
      const text = (await answer.text()).slice(0, 300);
      if (COME_AGAIN.has(answer.status)) return `${answer.status} ${text}`;
      if (!answer.ok)
        log.error('A result of a probe was refused; it is lost.', { status: answer.status, answer: text });
      else if (this.#lost > 0) log.warn(`Results are taken again; ${this.#lost} were lost.`);
      if (answer.ok) this.#lost = 0;
      return undefined;
    } catch (thrown) {
      const cause = (thrown as Error).cause;
      return cause instanceof Error ? cause.message : messageOf(thrown);
    }
  }

  #forget(delivery: Delivery): void {
    const index = this.#waiting.indexOf(delivery);
    if (index < 0) return;
    this.#waiting.splice(index, 1);
    this.#bytes[delivery.method] -= delivery.bytes;
    delivery.done?.();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#stop.signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
    });
  }
}
