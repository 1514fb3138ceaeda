/** The commands that talk to a running demo. */
import { Problem } from '../base/errors.ts';
import { HOOK } from './control/api.ts';
import type { FaultState } from './faults/faults.ts';
import { ORDERS_AT_ONCE } from './shop/messages.ts';
import type { ShopState } from './supervise/shop.ts';

/** The running demo, by the port of its control API. */
export class DemoClient {
  readonly #url: string;
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    this.#url = `http://127.0.0.1:${port}`;
  }

  faults(): Promise<FaultState[]> {
    return this.#ask('GET', '/faults');
  }

  begin(name: string, lasts: string | null): Promise<FaultState> {
    const query = lasts === null ? '' : `?for=${encodeURIComponent(lasts)}`;
    return this.#ask('POST', `/faults/${encodeURIComponent(name)}${query}`);
  }

  end(name: string): Promise<FaultState> {
    return this.#ask('DELETE', `/faults/${encodeURIComponent(name)}`);
  }

  state(): Promise<ShopState> {
    return this.#ask('GET', '/');
  }

  /** Asks for that many workers, as an operator; they come or go within seconds. */
  async scale(desired: number): Promise<{ detail: string }> {
    const operation_id = `operator.${crypto.randomUUID()}`;
    const body = { type: 'scaling.requested', data: { operation_id, target: 'checkout', desired } };
    return this.#ask('POST', HOOK, body, { 'Idempotency-Key': operation_id });
  }

  async #ask<T>(method: string, path: string, body?: object, headers = {}): Promise<T> {
    const answer = await fetch(this.#url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new Problem(
        'no_demo',
        `No demo answers on port ${this.#port}. Start one with "npm run demo", or say its port with --control-port.`,
      );
    });
    const content = (await answer.json().catch(() => ({}))) as T & { error?: { message: string } };
    if (!answer.ok)
      throw new Problem('refused', content.error?.message ?? `The demo answered ${answer.status}.`);
    return content;
  }
}

/** For the terminal: a line for each fault. @param now Unix milliseconds */
export function faultTable(faults: readonly FaultState[], now: number): string {
  const width = Math.max(...faults.map(({ name }) => name.length));
  return faults
    .map(({ name, summary, endsAt }) => {
      const left =
        endsAt === null ? '' : `active, ends in ${Math.max(0, Math.ceil((endsAt - now) / 1_000))} s`;
      return `${endsAt === null ? ' ' : '▲'} ${name.padEnd(width)}  ${left.padEnd(24)}${summary}\n`;
    })
    .join('');
}

/** For the terminal: a line for each worker. */
export function workerTable(workers: ShopState['workers']): string {
  return workers
    .map(
      ({ name, pid, running, waiting, done }) =>
        `${name.padEnd(14)} process ${String(pid).padEnd(8)} ${running} of ${ORDERS_AT_ONCE} places taken, ${waiting} wait, ${done} done\n`,
    )
    .join('');
}
