import { stat } from 'node:fs/promises';
import { sleep } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Signal } from '../../model/otlp.ts';
import { type Batch, Batches, type Part } from './batch.ts';
import { convertLine } from './convert.ts';
import { checkEndpoint, type DeliverOptions, deliver } from './deliver.ts';
import { Faults } from './faults.ts';
import { readLines } from './lines.ts';
import type { ImportOptions } from './options.ts';
import type { Moment } from './progress.ts';
import { replay } from './replay.ts';
import { Spool } from './spool.ts';
import { shiftTimes } from './times.ts';

/** The objects of a line take up to 25 times its bytes while it is converted. */
const MAX_LINE_BYTES = 16 * 2 ** 20;
/** While one batch is being answered the next ones are made. */
const IN_FLIGHT = 4;

/** What has been done so far, and in the end. */
export interface Imported {
  items: Record<Signal, number>;
  lines: number;
  batches: number;
  retries: number;
  /** Nanoseconds all times were moved by; 0 when they stay. */
  shiftedBy: bigint;
  /** Unix nanoseconds of the newest time as it is in the files; 0 when it was not looked for. */
  newest: bigint;
  faults: Faults;
}

/** An import that runs: where it is, and how it ends. */
export interface Running {
  imported: Imported;
  moment(): Moment;
  /** Rejects with a Problem when going on has no use. */
  done: Promise<void>;
}

/** What to replace in tests. */
export interface Surroundings {
  now: () => number;
  deliver?: Partial<DeliverOptions>;
  maxLineBytes?: number;
}

/** Brings all files in, one after the other; never stops for a line or a file that is bad. */
export function startImport(options: ImportOptions, surroundings: Surroundings): Running {
  const run = new Import(options, surroundings);
  return { imported: run.imported, moment: () => run.moment, done: run.run() };
}

class Import {
  readonly imported: Imported = {
    items: { traces: 0, metrics: 0, logs: 0 },
    lines: 0,
    batches: 0,
    retries: 0,
    shiftedBy: 0n,
    newest: 0n,
    faults: new Faults(),
  };
  moment: Moment = { doing: 'looking', share: 0, items: 0, bytes: 0 };
  readonly #options: ImportOptions;
  readonly #surroundings: Surroundings;
  readonly #delivery: DeliverOptions;
  readonly #underWay = new Set<Promise<void>>();
  #failure: unknown;

  constructor(options: ImportOptions, surroundings: Surroundings) {
    this.#options = options;
    this.#surroundings = surroundings;
    this.#delivery = {
      endpoint: options.endpoint,
      token: options.token,
      retried: () => {
        this.imported.retries += 1;
      },
      ...surroundings.deliver,
    };
  }

  async run(): Promise<void> {
    await checkEndpoint(this.#delivery);
    const { shiftToNow, speed } = this.#options;
    try {
      if (shiftToNow || speed !== undefined) await this.#spoolAndSend();
      else await this.#sendAsRead();
    } finally {
      await Promise.all(this.#underWay);
    }
    this.#throwFailure();
  }

  async #sendAsRead(): Promise<void> {
    const batches = new Batches();
    for await (const part of this.#read('importing')) {
      const full = batches.add(part);
      if (full) await this.#send(full);
    }
    for (const batch of batches.flush()) await this.#send(batch);
  }

  async #spoolAndSend(): Promise<void> {
    const spool = await Spool.create();
    try {
      for await (const part of this.#read('reading')) await spool.add(part);
      await spool.flush();
      this.imported.newest = spool.times.newest;
      if (this.#options.speed === undefined) await this.#sendSpooled(spool);
      else await this.#replay(spool, this.#options.speed);
      await Promise.all(this.#underWay);
    } finally {
      await spool.close();
    }
  }

  async #sendSpooled(spool: Spool): Promise<void> {
    if (this.#options.shiftToNow) this.#shiftSoThatNewestIs(this.#surroundings.now());
    const batches = new Batches();
    for await (const part of spool.take(spool.entries)) {
      const full = batches.add(this.#shifted(part));
      this.#advance('sending', part.body.length, spool.bytes);
      if (full) await this.#send(full);
    }
    for (const batch of batches.flush()) await this.#send(batch);
  }

  async #replay(spool: Spool, speed: number): Promise<void> {
    const startAt = this.#surroundings.now();
    const plan = replay(spool, speed, startAt);
    // The newest is of now when it is sent. In slow motion it would lie ahead of its neighbours' now, so it ends there.
    if (this.#options.shiftToNow)
      this.#shiftSoThatNewestIs(startAt + plan.durationMs / Math.max(1, 1 / speed));
    this.#advance('replaying', 0, spool.bytes);
    for (const { dueAt, entries } of plan.steps()) {
      const early = dueAt - this.#surroundings.now();
      if (early > 0) await sleep(early);
      const batches = new Batches();
      for await (const part of spool.take(entries)) {
        const full = batches.add(this.#shifted(part));
        this.#advance('replaying', part.body.length, spool.bytes);
        if (full) await this.#send(full);
      }
      for (const batch of batches.flush()) await this.#send(batch);
    }
  }

  #shiftSoThatNewestIs(unixMs: number): void {
    if (this.imported.newest > 0n)
      this.imported.shiftedBy = BigInt(Math.round(unixMs)) * 1_000_000n - this.imported.newest;
  }

  #shifted(part: Part): Part {
    if (this.imported.shiftedBy !== 0n) shiftTimes(part.body, part.signal, this.imported.shiftedBy);
    return part;
  }

  /** Every request of every file; what cannot be read is written down. */
  async *#read(doing: string): AsyncGenerator<Part> {
    const { maxLineBytes = MAX_LINE_BYTES } = this.#surroundings;
    const total = await sizeOf(this.#options.files);
    for (const file of this.#options.files) {
      const read = (bytes: number) => this.#advance(`${doing} ${file}`, bytes, total);
      for await (const found of readLines(file, { maxLineBytes, read })) {
        this.#throwFailure();
        this.imported.lines += found.line > 0 ? 1 : 0;
        if ('problem' in found) this.imported.faults.add(file, found.line, found.problem, found.ends);
        else yield* this.#convert(file, found.line, found.bytes);
      }
    }
    this.moment = { ...this.moment, share: 0, bytes: 0 };
  }

  #convert(file: string, line: number, bytes: Buffer): Part[] {
    try {
      return convertLine(bytes).map((converted) => ({ ...converted, file, line }));
    } catch (thrown) {
      this.imported.faults.add(file, line, messageOf(thrown));
      return [];
    }
  }

  /** Hands a batch over; waits while too many are under way. @throws Problem of an earlier one */
  async #send(batch: Batch): Promise<void> {
    while (this.#underWay.size >= IN_FLIGHT) await Promise.race(this.#underWay);
    this.#throwFailure();
    const sending = this.#deliver(batch).finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
  }

  async #deliver(batch: Batch): Promise<void> {
    try {
      for (const delivered of await deliver(batch, this.#delivery)) {
        this.imported.items[batch[0]!.signal] += delivered.accepted;
        this.moment.items += delivered.accepted;
        this.imported.faults.refused(delivered);
      }
      this.imported.batches += 1;
    } catch (thrown) {
      this.#failure ??= thrown;
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #advance(doing: string, bytes: number, total: number): void {
    const done = this.moment.bytes + bytes;
    this.moment = { ...this.moment, doing, bytes: done, share: total > 0 ? Math.min(1, done / total) : 0 };
  }
}

/** Bytes of all files; those that cannot be looked at count as none. */
async function sizeOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
