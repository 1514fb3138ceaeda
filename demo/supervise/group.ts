import { sleep } from '../../base/clock.ts';
import type { Behaviour, Peers } from '../shop/messages.ts';
import { type Balancer, startBalancer, type Target } from './balancer.ts';
import type { ShopProcess } from './process.ts';

/** The bounds within which the group can be scaled: a worker takes about 50 MB. */
export const WORKERS = { min: 1, max: 8 };

const DRAIN_WITHIN_MS = 30_000;
const DRAIN_POLL_MS = 50;

type Worker = Target & { process: ShopProcess };

/** What the group needs of the shop. */
export interface GroupOptions {
  /** Starts a worker; its number is part of its name and never used twice. */
  start: (number: number) => Promise<ShopProcess>;
  /** Called when a worker ended without being asked to. */
  lost: (name: string, how: string) => void;
}

/** The checkout: worker processes behind one address. */
export class WorkerGroup {
  readonly #options: GroupOptions;
  #workers: Worker[] = [];
  #balancer: Balancer | null = null;
  #started = 0;
  #scaled: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(options: GroupOptions) {
    this.#options = options;
  }

  /** Address of the whole group. */
  get url(): string {
    return this.#balancer?.url ?? '';
  }

  get processes(): readonly ShopProcess[] {
    return this.#workers.map(({ process }) => process);
  }

  async start(workers: number): Promise<void> {
    this.#balancer = await startBalancer(() => this.#workers);
    await this.scaleTo(workers);
  }

  /** Starts workers, or takes the newest out of service and ends them once they have answered what they were given. */
  scaleTo(workers: number): Promise<void> {
    // One after the other: each counts what is there.
    const done = this.#scaled.then(() => this.#scale(workers));
    this.#scaled = done.catch(() => {});
    return done;
  }

  tell(peers: Peers): void {
    for (const process of this.processes) process.tell(peers);
  }

  async behave(behaviour: Behaviour): Promise<void> {
    await Promise.all(this.processes.map((process) => process.behave(behaviour)));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#workers.splice(0).map(({ process }) => process.stop()));
    this.#balancer?.close();
  }

  async #scale(wanted: number): Promise<void> {
    const missing = wanted - this.#workers.length;
    if (missing > 0) await Promise.all(Array.from({ length: missing }, () => this.#add()));
    else await Promise.all(this.#workers.splice(wanted).map((worker) => this.#retire(worker)));
  }

  async #add(): Promise<void> {
    const process = await this.#options.start(++this.#started);
    const worker = { process, url: process.url, inFlight: 0 };
    if (this.#stopping) return process.stop();
    this.#workers.push(worker);
    void process.ended.then((how) => this.#lost(worker, how));
  }

  async #retire(worker: Worker): Promise<void> {
    const deadline = performance.now() + DRAIN_WITHIN_MS;
    while (worker.inFlight > 0 && performance.now() < deadline) await sleep(DRAIN_POLL_MS);
    await worker.process.stop();
  }

  #lost(worker: Worker, how: string): void {
    if (!this.#workers.includes(worker)) return;
    this.#workers = this.#workers.filter((other) => other !== worker);
    this.#options.lost(worker.process.name, how);
    if (!this.#stopping) this.#add().catch((error: Error) => this.#options.lost('A worker', error.message));
  }
}
