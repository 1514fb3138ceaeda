import { Problem } from '../../base/errors.ts';
import type { DoorLimits } from './limits.ts';

/** What one request holds of the budget. */
export interface Hold {
  /** @throws Problem `busy` (retryable) when all requests together hold too much */
  take(bytes: number): void;
  give(bytes: number): void;
  /** Gives everything back; may be called again. */
  release(): void;
}

/** What all requests in flight may hold together, whatever transport they came by. */
export class Budget {
  readonly #limits: Pick<DoorLimits, 'maxBytesInFlight' | 'maxRequestsInFlight'>;
  #bytes = 0;
  #requests = 0;

  constructor(limits: Pick<DoorLimits, 'maxBytesInFlight' | 'maxRequestsInFlight'>) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get requests(): number {
    return this.#requests;
  }

  /** @throws Problem `busy` (retryable) when too many requests are being handled */
  enter(): Hold {
    if (this.#requests >= this.#limits.maxRequestsInFlight)
      throw new Problem('busy', 'Too many requests at once; send again shortly', { retryable: true });
    this.#requests += 1;
    let held = 0;
    let open = true;
    const give = (bytes: number) => {
      held -= bytes;
      this.#bytes -= bytes;
    };
    return {
      take: (bytes) => {
        if (this.#bytes + bytes > this.#limits.maxBytesInFlight)
          throw new Problem('busy', 'Too many large requests at once; send again shortly', {
            retryable: true,
          });
        held += bytes;
        this.#bytes += bytes;
      },
      give,
      release: () => {
        give(held);
        if (open) this.#requests -= 1;
        open = false;
      },
    };
  }
}
