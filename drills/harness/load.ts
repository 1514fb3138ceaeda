import { gzipSync } from 'node:zlib';
import {
  type Answer,
  createSender,
  isRefused,
  type Prepared,
  sendPaced,
} from '../../bench/harness/sender.ts';
import { traceRequests } from '../../bench/workload/traces.ts';

export interface LoadOptions {
  seed: number;
  /** Spans per second. */
  rate: number;
  spansPerRequest: number;
}

/**
 * A sender that goes on through all faults and remembers what it was promised. A request without an answer is neither
 * counted nor sent again: it may be stored, at most once.
 */
export class Load {
  /** Numbers of the requests that were answered with 200. */
  readonly acked = new Set<number>();
  /** Highest number of a request so far, acknowledged or not. */
  sent = 0;
  /** Requests answered with something else, by status. */
  readonly refused = new Map<number, number>();
  /** Requests that were cut off or never connected. */
  unanswered = 0;
  /** Refusals a client should try again without a word of when. */
  withoutRetryAfter = 0;
  readonly #options: LoadOptions;
  readonly #source: Generator<Prepared, never>;
  #stop: AbortController | undefined;
  #running: Promise<void> | undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#source = compressed(options);
  }

  get spansPerRequest(): number {
    return this.#options.spansPerRequest;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  start(otlpUrl: string): void {
    const sender = createSender(otlpUrl);
    const stop = new AbortController();
    this.#stop = stop;
    this.#running = sendPaced(sender, this.#requests(), {
      everyMs: (this.#options.spansPerRequest * 1_000) / this.#options.rate,
      until: stop.signal,
      answered: (answer) => this.#count(answer),
    }).finally(() => sender.close());
  }

  /** Sends nothing more and waits until each request has been answered or cut off. */
  async stop(): Promise<void> {
    this.#stop?.abort();
    await this.#running;
    this.#running = undefined;
  }

  /** For the table: `3 × 503`, or `none`. */
  get refusals(): string {
    return [...this.refused].map(([status, count]) => `${count} × ${status}`).join(', ') || 'none';
  }

  #count({ batch, status, retryAfter }: Answer): void {
    if (status === 200) this.acked.add(batch);
    else if (status === 0) this.unanswered += 1;
    else this.refused.set(status, (this.refused.get(status) ?? 0) + 1);
    if (isRefused(status) && retryAfter === undefined) this.withoutRetryAfter += 1;
  }

  /** `for … of` would end the source with the first pause. */
  *#requests(): Generator<Prepared> {
    for (;;) {
      this.sent += 1;
      yield this.#source.next().value;
    }
  }
}

function* compressed({ seed, rate, spansPerRequest }: LoadOptions): Generator<Prepared, never> {
  const source = traceRequests({ seed, spansPerRequest, spansPerSecond: rate, startAt: Date.now() - 5_000 });
  for (;;) {
    const { batch, items, body } = source.next().value;
    yield { batch, items, gzip: gzipSync(body, { level: 1 }) };
  }
}
