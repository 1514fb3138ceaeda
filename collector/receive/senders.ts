import type { Signal } from '../../model/otlp.ts';
import type { Sender, SenderList } from '../../model/senders.ts';
import type { Status } from '../../model/status.ts';
import type { Source } from '../wire/services.ts';
import type { Origin } from './door.ts';
import type { Taken } from './intake.ts';
import { RecentCount } from './recent.ts';

export interface SendersOptions {
  now: () => number;
  /** Called once for each `service.name` since the start. */
  firstSpansFrom: (service: string) => void;
  /** Senders remembered; default 1,000. */
  limit?: number;
}

/** Names remembered for "first spans from"; a sender that invents names must not fill the memory. */
const MAX_SERVICES = 10_000;
const MAX_SENDERS = 1_000;
/** All of it comes from outside. */
const MAX_TEXT = 200;

type Remembered = Omit<Sender, 'itemsPerSecond'> & { recent: RecentCount };

const UNKNOWN: Source = { service: '', sdk: { name: '', language: '', version: '' }, items: 0 };

/** What has come in since the start, the product's own telemetry apart. */
export interface ReceivedCounts {
  /** Whole requests, whatever became of them. */
  requests: number;
  refusedRequests: number;
  accepted: Record<Signal, number>;
  /** Of requests that could be read. */
  refused: Record<Signal, number>;
}

/** Who sends, how much, and what was refused last: the answer to "is my data arriving?". */
export class Senders {
  readonly #summary: Status['ingest'] = {
    requests: 0,
    acceptedItems: 0,
    refusedItems: 0,
    lastAcceptedAt: null,
    lastRejection: null,
  };
  readonly #options: SendersOptions;
  readonly #services = new Set<string>();
  /** The one seen last is last. */
  readonly #senders = new Map<string, Remembered>();
  readonly #counts = { own: noCounts(), others: noCounts() };
  #forgotten = 0;

  constructor(options: SendersOptions) {
    this.#options = options;
  }

  summary(): Status['ingest'] {
    return { ...this.#summary };
  }

  list(): SenderList {
    const now = this.#options.now();
    const senders = [...this.#senders.values()]
      .map(({ recent, ...sender }) => ({ ...sender, itemsPerSecond: recent.perSecond(now) }))
      .reverse();
    return { senders, forgotten: this.#forgotten };
  }

  /** By who sent it; only grows. */
  counts(): Readonly<Record<'own' | 'others', ReceivedCounts>> {
    return this.#counts;
  }

  /** A request has reached the port, whatever becomes of it. */
  knock(origin: Origin): void {
    this.#countsOf(origin).requests += 1;
    if (!origin.isOwn) this.#summary.requests += 1;
  }

  accepted(origin: Origin, taken: Taken): void {
    const now = this.#options.now();
    const counts = this.#countsOf(origin);
    counts.accepted[taken.signal] += taken.accepted;
    counts.refused[taken.signal] += taken.rejected;
    // The summary answers "is my data arriving?": what the product sends itself is no answer.
    if (!origin.isOwn) {
      this.#summary.acceptedItems += taken.accepted;
      if (taken.accepted > 0) this.#summary.lastAcceptedAt = now;
    }
    if (taken.rejected > 0) this.#summarize(origin, 200, taken.rejected, taken.reason);
    const sources = taken.sources.length > 0 ? taken.sources : [UNKNOWN];
    for (const source of sources) {
      const sender = this.#touch(origin, source, now);
      sender.acceptedItems += source.items;
      sender.recent.add(source.items, now);
    }
    // Which of several services the refused items were of is not known; most requests have one.
    if (taken.rejected > 0) {
      const sender = this.#touch(origin, sources[0]!, now, 0);
      sender.refusedItems += taken.rejected;
      sender.lastRejection = { at: now, status: 200, items: taken.rejected, reason: taken.reason };
    }
    if (!origin.isOwn) for (const { service } of taken.sources) this.#greet(service);
  }

  /** A whole request was refused: what is in it is not known. */
  refused(origin: Origin, status: number, reason: string): void {
    const now = this.#options.now();
    this.#countsOf(origin).refusedRequests += 1;
    this.#summarize(origin, status, 0, reason);
    const sender = this.#touch(origin, UNKNOWN, now);
    sender.refusedRequests += 1;
    sender.lastRejection = { at: now, status, items: 0, reason };
  }

  #countsOf({ isOwn }: Origin): ReceivedCounts {
    return isOwn ? this.#counts.own : this.#counts.others;
  }

  #summarize({ address }: Origin, status: number, items: number, reason: string): void {
    this.#summary.refusedItems += items;
    this.#summary.lastRejection = { at: this.#options.now(), status, items, reason, sender: address };
  }

  #greet(service: string): void {
    if (service === '' || this.#services.has(service) || this.#services.size >= MAX_SERVICES) return;
    this.#services.add(service);
    this.#options.firstSpansFrom(service);
  }

  #touch(
    { transport, address, agent }: Origin,
    { service, sdk }: Source,
    now: number,
    requests = 1,
  ): Remembered {
    const key = JSON.stringify([service, sdk.name, sdk.language, sdk.version, transport, address]);
    const sender = this.#senders.get(key) ?? {
      service: service.slice(0, MAX_TEXT),
      sdk: {
        name: sdk.name.slice(0, MAX_TEXT),
        language: sdk.language.slice(0, MAX_TEXT),
        version: sdk.version.slice(0, MAX_TEXT),
      },
      transport,
      address,
      agent: '',
      firstSeenAt: now,
      lastSeenAt: now,
      requests: 0,
      acceptedItems: 0,
      refusedItems: 0,
      refusedRequests: 0,
      lastRejection: null,
      recent: new RecentCount(),
    };
    this.#senders.delete(key);
    this.#senders.set(key, sender);
    if (this.#senders.size > (this.#options.limit ?? MAX_SENDERS)) {
      this.#senders.delete(this.#senders.keys().next().value!);
      this.#forgotten += 1;
    }
    sender.agent = agent.slice(0, MAX_TEXT);
    sender.lastSeenAt = now;
    sender.requests += requests;
    return sender;
  }
}

const noCounts = (): ReceivedCounts => ({
  requests: 0,
  refusedRequests: 0,
  accepted: { traces: 0, metrics: 0, logs: 0 },
  refused: { traces: 0, metrics: 0, logs: 0 },
});
