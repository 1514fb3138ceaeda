import type { Session } from 'chdb';

/**
 * A chDB session serializes its queries; several sessions on one store run side by side. One pool lends each session
 * to one request at a time, in the order of asking.
 */
export class SessionPool {
  readonly #idle: Session[];
  readonly #waiting: ((session: Session) => void)[] = [];

  constructor(open: () => Session, size: number) {
    this.#idle = Array.from({ length: size }, open);
  }

  /** Runs `work` with a session of its own; settings it changed must be put back by `work`. */
  async borrow<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session =
      this.#idle.pop() ?? (await new Promise<Session>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(session);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(session);
      else this.#idle.push(session);
    }
  }
}
