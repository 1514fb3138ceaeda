import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

/** What was started, so that it can be stopped in reverse order, each part by its name. */
export class Teardown {
  readonly #parts: { name: string; stop: () => Promise<void> | void }[] = [];

  add(name: string, stop: () => Promise<void> | void): void {
    this.#parts.push({ name, stop });
  }

  /** One part that fails to stop does not keep the others running. */
  async run(log: Log): Promise<void> {
    for (const { name, stop } of this.#parts.reverse()) {
      try {
        await stop();
      } catch (thrown) {
        log.error(`Stopping the ${name} failed.`, { reason: messageOf(thrown) });
      }
    }
    this.#parts.length = 0;
  }
}
