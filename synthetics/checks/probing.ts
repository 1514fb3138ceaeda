/** What a prober works with, and where it writes down what it saw. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ProbeRequest, RequestPhases } from '../../model/probe.ts';
import type { RunOrder } from '../runner/port.ts';
import { type Addresses, addresses } from './addresses.ts';
import { Failed } from './failures.ts';

export interface Probing {
  order: RunOrder;
  /** Milliseconds since the run's start. */
  elapsed: () => number;
  /** Whether targets may have link-local addresses. */
  allowsLinkLocal: boolean;
  /** Puts secrets in; what it put in is not shown afterwards. @throws Problem */
  reveal: (text: string) => string;
  redact: (text: string) => string;
  /** Filled as they happen, so that a failure shows how far it came. */
  requests: ProbeRequest[];
  certificateExpiresAt: number | null;
}

/** What a connection is waiting for, for the sentence about one that never got it. */
export type Stage = 'address' | 'connection' | 'TLS handshake' | 'answer' | 'end of the answer';

const MAX_URL = 2_000;

/** One request from its beginning on: its phases are filled in by the events of its socket. */
export class Exchange {
  readonly request: ProbeRequest;
  readonly addresses: Addresses;
  readonly #probing: Probing;
  /** When the phase that is going on began, milliseconds since the run's start. */
  #since: number;
  #stage: Stage = 'address';

  constructor(probing: Probing, method: string, url: string) {
    const phases: RequestPhases = { dns: null, connect: null, tls: null, ttfb: null, transfer: null };
    const startMs = probing.elapsed();
    const shown = probing.redact(url).slice(0, MAX_URL);
    this.request = { method, url: shown, status: 0, startMs, durationMs: 0, phases, spanId: newSpanId() };
    probing.requests.push(this.request);
    this.addresses = addresses(probing.allowsLinkLocal, () => this.ended('dns', 'connection'));
    this.#probing = probing;
    this.#since = startMs;
  }

  /** A phase has ended now, and what is waited for next. */
  ended(phase: keyof RequestPhases, next: Stage): void {
    const now = this.#probing.elapsed();
    this.request.phases[phase] = now - this.#since;
    this.#since = now;
    this.#stage = next;
  }

  /** Listens to a socket that is about to connect. */
  follow(socket: Socket, isTls: boolean): void {
    socket.once('connect', () => this.ended('connect', isTls ? 'TLS handshake' : 'answer'));
    if (isTls) socket.once('secureConnect', () => this.ended('tls', 'answer'));
  }

  /**
   * Waits for `work` as long as the run may take. @param cut ends what is going on
   * @throws Failed when it is late, or whatever `work` throws
   */
  async within<T>(work: Promise<T>, cut: () => void): Promise<T> {
    const { timeoutMs } = this.#probing.order;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Failed('target', `no ${this.#stage} within ${timeoutMs / 1_000} s`)),
        Math.max(0, timeoutMs - this.#probing.elapsed()),
      );
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
      this.request.durationMs = this.#probing.elapsed() - this.request.startMs;
      // Whoever is late must not fail where nobody listens.
      work.catch(() => {});
      cut();
    }
  }
}

/** 8 random bytes in lower-case hex. */
export const newSpanId = (): string => randomBytes(8).toString('hex');
