/** What the hook was asked to do, by id, so that a repeat is answered and not carried out again. */
import { messageOf } from '../../base/errors.ts';

export interface Operation {
  operation_id: string;
  target: string;
  status: 'accepted' | 'succeeded' | 'noop' | 'failed';
  /** What is done, e.g. `2 → 4 workers`. */
  detail: string;
}

/** More than a demo's life needs; the oldest that are over are forgotten first. */
const MAX_REMEMBERED = 1_000;

/** Remembered for as long as the demo runs: a new demo is a new shop. */
export class Operations {
  readonly #known = new Map<string, { operation: Operation; request: string }>();

  /** @param request its content, to tell a repeat from another request under the same id */
  find(id: string, request?: string): { operation: Operation; isRepeat: boolean } | undefined {
    const found = this.#known.get(id);
    return found && { operation: found.operation, isRepeat: found.request === request };
  }

  /** True while something is being done to the target. */
  isBusy(target: string): boolean {
    return [...this.#known.values()].some(
      ({ operation }) => operation.target === target && operation.status === 'accepted',
    );
  }

  remember(operation: Operation, request: string): Operation {
    if (this.#known.size >= MAX_REMEMBERED)
      for (const [id, { operation: old }] of this.#known)
        if (old.status !== 'accepted') {
          this.#known.delete(id);
          break;
        }
    this.#known.set(operation.operation_id, { operation, request });
    return operation;
  }

  /** Remembers an operation and carries it out in the background; its status tells how it went. */
  begin(operation: Operation, request: string, work: () => Promise<void>): Operation {
    this.remember(operation, request);
    void work().then(
      () => {
        operation.status = 'succeeded';
      },
      (thrown) => {
        operation.status = 'failed';
        operation.detail += `: ${messageOf(thrown)}`;
      },
    );
    return operation;
  }
}
