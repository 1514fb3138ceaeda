import type { IncomingMessage } from 'node:http';
import type { Status } from '../../model/status.ts';
import type { Taken } from './intake.ts';

export interface SendersOptions {
  now: () => number;
  /** Called once for each `service.name` since the start. */
  firstSpansFrom: (service: string) => void;
}

/** Names remembered for "first spans from"; a sender that invents names must not fill the memory. */
const MAX_SERVICES = 10_000;

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

  constructor(options: SendersOptions) {
    this.#options = options;
  }

  summary(): Status['ingest'] {
    return { ...this.#summary };
  }

  /** A request has reached the port, whatever becomes of it. */
  knock(): void {
    this.#summary.requests += 1;
  }

  accepted(sender: string, taken: Taken): void {
    this.#summary.acceptedItems += taken.accepted;
    if (taken.accepted > 0) this.#summary.lastAcceptedAt = this.#options.now();
    if (taken.rejected > 0) this.#reject(sender, 200, taken.rejected, taken.reason);
    for (const service of taken.services) {
      if (this.#services.has(service) || this.#services.size >= MAX_SERVICES) continue;
      this.#services.add(service);
      this.#options.firstSpansFrom(service);
    }
  }

  refused(sender: string, status: number, reason: string): void {
    this.#reject(sender, status, 0, reason);
  }

  #reject(sender: string, status: number, items: number, reason: string): void {
    this.#summary.refusedItems += items;
    this.#summary.lastRejection = { at: this.#options.now(), status, items, reason, sender };
  }
}

/** IPv4 addresses without their IPv6 wrapping. */
export function remoteAddress(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
}
