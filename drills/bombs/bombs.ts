import { join } from 'node:path';
import type { Command } from '../../bench/harness/command.ts';
import { percentile } from '../../bench/harness/percentile.ts';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { progress, type Report } from '../../bench/harness/report.ts';
import { withScratch } from '../../bench/harness/scratch.ts';
import { traceRequests } from '../../bench/workload/traces.ts';
import { openGrpc } from '../wire/grpc.ts';
import { openHttp } from '../wire/http.ts';
import { MemoryWatch, rssOfTree } from '../wire/memory.ts';
import { type Bomb, bombs as casesOf } from './cases.ts';

/** Of each kind; in the quick form all kinds come together. */
const AT_ONCE = { full: 100, quick: 5 };
const HEAVY_AT_ONCE = { full: 8, quick: 1 };
const SCALE = { full: 1, quick: 0.125 };
const MAX_GROWTH_MB = 256;
/** A refusal for now is right while so many are at the door; the sender comes again, as SDKs do. */
const BUSY = { http: 503, grpc: 14 };
const AGAIN_MS = 100;
const GIVE_UP_MS = 120_000;
const NEIGHBOUR_EVERY_MS = 50;
const MIB = 2 ** 20;

/** `drill -- bombs` of goals.md: hostile bodies a hundred at once, the right answer, and memory that stays. */
export const bombs: Command = {
  summary: 'compressed bombs and bottomless bodies, 100 at once: the right status, bounded memory',
  options: { quick: { type: 'boolean' } },
  help: ['--quick      smaller bombs, under 20 s'],
  run: async (flags) => {
    const size = flags.quick ? 'quick' : 'full';
    progress('packing');
    const cases = await casesOf(SCALE[size]);
    return withScratch(async (scratch) => {
      const product = await startProduct({ dataDir: join(scratch.folder, 'data') });
      scratch.atEnd(product.kill);
      const run = new Run(product);
      await run.warmUp();
      const before = rssOfTree(product.pid) / MIB;
      const memory = new MemoryWatch(product.pid);
      const neighbours = run.sendNeighbours();
      for (const wave of flags.quick ? [cases] : cases.map((bomb) => [bomb])) {
        const sent = wave.flatMap((bomb) =>
          Array.from({ length: (bomb.isHeavy ? HEAVY_AT_ONCE : AT_ONCE)[size] }, () => run.send(bomb)),
        );
        await Promise.all(sent);
        const name = wave.length === 1 ? `${wave[0]!.name} over ${wave[0]!.transport}` : 'of all kinds';
        progress(`${sent.length} × ${name}: peak ${Math.round(memory.peak)} MiB`);
      }
      await neighbours.stop();
      memory.stop();
      run.close();
      const cleanExit = (await product.stop()) === 0;
      return report(cases.length, run, memory.peak - before, before, cleanExit);
    });
  },
};

class Run {
  wrong: string[] = [];
  sent = 0;
  busy = 0;
  /** Milliseconds until a good request was acknowledged. */
  neighbours: number[] = [];
  readonly #http;
  readonly #grpc;
  /** Neighbours have a connection of their own, as another service has. */
  readonly #neighbour;
  readonly #good = traceRequests({ seed: 1, spansPerRequest: 64, startAt: Date.now() - 60_000 });

  constructor(product: Product) {
    this.#http = openHttp(product.otlpUrl, 256);
    this.#grpc = openGrpc(product.otlpGrpcUrl);
    this.#neighbour = openHttp(product.otlpUrl, 1);
  }

  /** What any load takes once: code, buffers, the engine's caches. */
  async warmUp(): Promise<void> {
    for (let i = 0; i < 200; i++) await this.#sendNeighbour();
    await pause(1_500);
    this.neighbours = [];
  }

  async send(bomb: Bomb): Promise<void> {
    this.sent += 1;
    const since = performance.now();
    for (;;) {
      const status = await this.#attempt(bomb);
      if (status === bomb.right) return;
      if (status !== BUSY[bomb.transport] || performance.now() - since > GIVE_UP_MS) {
        this.wrong.push(`${bomb.name} over ${bomb.transport}: ${status}, not ${bomb.right}`);
        return;
      }
      this.busy += 1;
      await pause(AGAIN_MS * (0.5 + Math.random()));
    }
  }

  #attempt({ transport, body, headers }: Bomb): Promise<number> {
    if (transport === 'http') return this.#http.post('/v1/traces', body, headers);
    return this.#grpc.call(body as Buffer, headers);
  }

  sendNeighbours(): { stop: () => Promise<void> } {
    let going = true;
    const sending = (async () => {
      while (going) {
        await this.#sendNeighbour();
        await pause(NEIGHBOUR_EVERY_MS);
      }
    })();
    return {
      stop: () => {
        going = false;
        return sending;
      },
    };
  }

  async #sendNeighbour(): Promise<void> {
    const { body } = this.#good.next().value;
    const since = performance.now();
    const headers = { 'Content-Type': 'application/x-protobuf' };
    for (;;) {
      const status = await this.#neighbour.post('/v1/traces', body, headers);
      if (status === 200) break;
      if (status !== BUSY.http) {
        this.wrong.push(`a neighbour: ${status}`);
        break;
      }
      await pause(AGAIN_MS);
    }
    this.neighbours.push(performance.now() - since);
  }

  close(): void {
    this.#http.close();
    this.#grpc.close();
    this.#neighbour.close();
  }
}

function report(cases: number, run: Run, growth: number, before: number, cleanExit: boolean): Report {
  const broken = [...new Set(run.wrong)].slice(0, 10);
  if (growth > MAX_GROWTH_MB) broken.push(`memory grew by ${Math.round(growth)} MiB`);
  if (!cleanExit) broken.push('the product did not stop cleanly on SIGTERM');
  const slowest = Math.round(Math.max(...run.neighbours));
  return {
    title: `${run.sent} hostile requests of ${cases} kinds`,
    rows: [
      ['wrong answers', String(run.wrong.length)],
      ['told to come again', String(run.busy)],
      [
        'memory',
        `${Math.round(before)} MiB before, grew by ${Math.round(growth)} MiB (goal ${MAX_GROWTH_MB})`,
      ],
      [
        'neighbours',
        `${run.neighbours.length} acknowledged, p95 ${Math.round(percentile(run.neighbours, 0.95))} ms, slowest ${slowest} ms`,
      ],
    ],
    result: { cases, wrong_status: run.wrong.length, peak_rss_growth_mb: Math.round(growth) },
    broken,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
