import { join } from 'node:path';
import { sleep } from '../../base/clock.ts';
import { type Behaviour, HEALTHY, type Peers, type ServiceName } from '../shop/messages.ts';
import { createTables } from '../shop/tables.ts';
import { VERSIONS } from '../shop/versions.ts';
import { WorkerGroup } from './group.ts';
import { type ProcessSpec, type ShopProcess, startProcess } from './process.ts';

const RESTART_AFTER_MS = 1_000;
/** All services complain of the same thing several times a second. */
const COMPLAIN_EVERY_MS = 60_000;

export interface ShopOptions {
  /** For the shop's databases. */
  folder: string;
  /** Where its telemetry goes, OTLP over HTTP. */
  otlpUrl: string;
  /** As in `OTEL_EXPORTER_OTLP_HEADERS`; '' without. */
  otlpHeaders: string;
  /** Of shop-web; 0 takes a free one. */
  port: number;
  workers: number;
  /** Normal load, visitors per second. */
  visitors: number;
  seed: number;
  /** Told what happens that nobody asked for. */
  say: (line: string) => void;
}

/** A process as the control API shows it. */
export interface ProcessState {
  name: string;
  pid: number;
  url: string;
  version: string;
}

export interface ShopState {
  shopUrl: string;
  processes: ProcessState[];
  workers: { name: string; pid: number; running: number; waiting: number; done: number }[];
  behaviour: Behaviour;
}

/** The shop's processes: started together, told where the others are, started again when they end. */
export class Shop {
  readonly #options: ShopOptions;
  readonly #singles = new Map<string, ShopProcess>();
  readonly #versions: Record<ServiceName, string> = { ...VERSIONS };
  readonly #group: WorkerGroup;
  #behaviour = HEALTHY;
  #deployed: Promise<void> = Promise.resolve();
  #stopping = false;
  #complainedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ShopOptions) {
    this.#options = options;
    this.#group = new WorkerGroup({
      start: async (number) =>
        this.#welcome(await startProcess(this.#spec('checkout', `checkout-${number}`))),
      lost: (name, how) => options.say(`${name} ended (${how}) and is started again.`),
    });
  }

  /** @throws Problem `not_ready` when a process does not come up; call `stop` then too */
  async start(): Promise<void> {
    createTables(this.#options.folder);
    const services = ['catalogue', 'cart', 'payment', 'fulfilment', 'shop-web', 'load'] as const;
    const all = [this.#group.start(this.#options.workers), ...services.map((name) => this.#run(name))];
    // All are waited for, so that `stop` finds every process there is.
    const failed = (await Promise.allSettled(all)).find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    this.#introduce();
  }

  get workers(): number {
    return this.#group.processes.length;
  }

  get paymentVersion(): string {
    return this.#versions.payment;
  }

  scaleTo(workers: number): Promise<void> {
    return this.#group.scaleTo(workers);
  }

  /** Resolves when every process has heard of it. */
  async behave(change: Partial<Behaviour>): Promise<void> {
    this.#behaviour = { ...this.#behaviour, ...change };
    const processes = [...this.#singles.values(), ...this.#group.processes];
    await Promise.all(processes.map((process) => process.behave(this.#behaviour)));
  }

  /** Brings payment to a version as a rolling release does: the new one serves before the old one ends. */
  deployPayment(version: string): Promise<void> {
    // One after the other: two at once would leave a process that nobody knows.
    const done = this.#deployed.then(() => this.#deploy('payment', version));
    this.#deployed = done.catch(() => {});
    return done;
  }

  state(): ShopState {
    const workers = this.#group.processes.map(({ name, pid, orders: { running, waiting, done } }) => ({
      name,
      pid,
      running,
      waiting,
      done,
    }));
    return {
      shopUrl: this.#singles.get('shop-web')?.url ?? '',
      processes: [...this.#singles.values(), ...this.#group.processes].map(({ name, pid, url }) => ({
        name,
        pid,
        url,
        version: this.#versionOf(name),
      })),
      workers,
      behaviour: this.#behaviour,
    };
  }

  /** Visitors first, so that nobody is turned away by a shop that closes. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#deployed;
    await this.#singles.get('load')?.stop();
    await this.#singles.get('shop-web')?.stop();
    await this.#group.stop();
    await Promise.all([...this.#singles.values()].map((process) => process.stop()));
  }

  async #deploy(name: ServiceName, version: string): Promise<void> {
    const before = this.#versions[name];
    if (before === version || this.#stopping) return;
    const old = this.#singles.get(name);
    this.#versions[name] = version;
    try {
      await this.#run(name);
    } catch (thrown) {
      this.#versions[name] = before;
      throw thrown;
    }
    this.#introduce();
    await old?.stop();
  }

  async #run(name: ServiceName | 'load'): Promise<void> {
    const process = await startProcess(this.#spec(name, name));
    this.#singles.set(name, process);
    await this.#welcome(process);
    void process.ended.then((how) => this.#lost(name, process, how));
  }

  async #welcome(process: ShopProcess): Promise<ShopProcess> {
    process.tell(this.#peers());
    if (this.#behaviour !== HEALTHY) await process.behave(this.#behaviour);
    return process;
  }

  async #lost(name: ServiceName | 'load', process: ShopProcess, how: string): Promise<void> {
    if (this.#stopping || this.#singles.get(name) !== process) return;
    this.#options.say(`${name} ended (${how}) and is started again.`);
    await sleep(RESTART_AFTER_MS);
    // Another one may have been released meanwhile.
    if (this.#stopping || this.#singles.get(name) !== process) return;
    await this.#run(name).catch((error: Error) => this.#options.say(error.message));
    this.#introduce();
  }

  #complain(name: string, message: string): void {
    if (this.#stopping || performance.now() < this.#complainedAt + COMPLAIN_EVERY_MS) return;
    this.#complainedAt = performance.now();
    this.#options.say(`Telemetry does not get through, at least that of ${name}: ${message}`);
  }

  #introduce(): void {
    const peers = this.#peers();
    for (const process of this.#singles.values()) process.tell(peers);
    this.#group.tell(peers);
  }

  #peers(): Peers {
    const singles = Object.fromEntries([...this.#singles].map(([name, { url }]) => [name, url]));
    return { ...singles, checkout: this.#group.url };
  }

  #versionOf(process: string): string {
    const name = process.startsWith('checkout-') ? 'checkout' : process;
    return this.#versions[name as ServiceName] ?? '';
  }

  #spec(service: ServiceName | 'load', name: string): ProcessSpec {
    const { folder, otlpUrl, otlpHeaders, port, visitors, seed } = this.#options;
    const complain = (message: string) => this.#complain(name, message);
    // From the second start on: 315 ms of CPU for a process instead of 380, and 85 MB instead of 98.
    const compiled = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
    if (service === 'load')
      return {
        name,
        complain,
        file: 'load/main.ts',
        args: [],
        env: { ...compiled, LOAD_VISITORS: String(visitors), LOAD_SEED: String(seed) },
      };
    const version = this.#versions[service];
    return {
      name,
      complain,
      file: 'shop/main.ts',
      args: [service],
      env: {
        ...compiled,
        SHOP_FOLDER: folder,
        SHOP_VERSION: version,
        SHOP_PORT: service === 'shop-web' ? String(port) : '0',
        OTEL_SERVICE_NAME: service,
        OTEL_RESOURCE_ATTRIBUTES: `service.namespace=demo,service.version=${version},service.instance.id=${name},deployment.environment.name=demo`,
        OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
        OTEL_EXPORTER_OTLP_HEADERS: otlpHeaders,
        ...EXPORT,
      },
    };
  }
}

/** Quick, so that the page is alive: half a second for spans and records, five for metrics. */
const EXPORT = {
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
  OTEL_METRICS_EXPORTER: 'otlp',
  OTEL_LOGS_EXPORTER: 'otlp',
  OTEL_BSP_SCHEDULE_DELAY: '500',
  OTEL_BLRP_SCHEDULE_DELAY: '500',
  OTEL_METRIC_EXPORT_INTERVAL: '5000',
  OTEL_METRIC_EXPORT_TIMEOUT: '3000',
};
