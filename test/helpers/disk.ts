import type { JournalFile, JournalFiles } from '../../collector/journal/files.ts';

export type Operation =
  | 'create'
  | 'append'
  | 'sync'
  | 'truncate'
  | 'close'
  | 'read'
  | 'settle'
  | 'salvage'
  | 'remove'
  | 'setAside';

export interface Step {
  operation: Operation;
  name: string;
  bytes: number;
}

/** A file as programs see it, and as it is after a power cut. Null: it is not there. */
interface Stored {
  seen: Buffer | null;
  durable: Buffer | null;
}

/**
 * What is left of bytes that were never synced when the power goes: nothing, all, a part, a hole of zeros before or in
 * place of them, a wrong byte. `killed` is no power cut: only the process is gone, and what it wrote still hangs in
 * the page cache.
 */
export const AFTERMATHS = ['nothing', 'all', 'half', 'zeros', 'hole', 'garbled', 'killed'] as const;
export type Aftermath = (typeof AFTERMATHS)[number];

/** What is all or nothing: it has happened when its promise is kept. */
const DURABLE = new Set<Operation>(['create', 'sync', 'settle', 'salvage']);

/** A disk in memory that records every step, and loses, tears and fails as it is told. */
export class Disk {
  /** Every operation in the order in which it began. */
  readonly steps: Step[] = [];
  /** Resolves when the power goes; operations do not end any more then. */
  readonly dead: Promise<void>;
  /** Called before each operation; what it throws is what the operation fails with. */
  before: (step: Step) => void = () => {};
  /** The power goes while this step runs, counted from 0. */
  cutAt = Number.POSITIVE_INFINITY;
  readonly #files = new Map<string, Stored>();
  readonly #aside = new Set<string>();
  #die!: () => void;
  #isDead = false;

  constructor() {
    this.dead = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  /** The same disk when the machine is up again. */
  after(aftermath: Aftermath): Disk {
    const disk = new Disk();
    for (const [name, { seen, durable }] of this.#files) {
      const left = aftermath === 'killed' ? seen : remains(seen, durable, aftermath);
      if (left !== null || (aftermath === 'killed' && durable !== null))
        disk.#files.set(name, { seen: left, durable: aftermath === 'killed' ? durable : left });
    }
    for (const name of this.#aside) disk.#aside.add(name);
    return disk;
  }

  names(): string[] {
    return [...this.#files].filter(([, file]) => file.seen !== null).map(([name]) => name);
  }

  asideNames(): string[] {
    return [...this.#aside];
  }

  content(name: string): Buffer {
    const file = this.#files.get(name);
    if (file?.seen == null) throw new Error(`ENOENT: ${name}`);
    return file.seen;
  }

  /** Damages what is durable. */
  overwrite(name: string, content: Buffer): void {
    this.#files.set(name, { seen: content, durable: content });
  }

  files(): JournalFiles {
    return {
      pathOf: (name) => `/journal/${name}`,
      list: async () => this.names(),
      countSetAside: async () => this.#aside.size,
      create: (name) =>
        this.#do('create', name, 0, () => {
          if (this.names().includes(name)) throw new Error(`EEXIST: ${name}`);
          this.#files.set(name, { seen: Buffer.alloc(0), durable: Buffer.alloc(0) });
          return this.#open(name);
        }),
      read: (name) => this.#do('read', name, 0, () => Buffer.from(this.content(name))),
      settle: (name, bytes) =>
        this.#do('settle', name, bytes, () => {
          const seen = this.content(name).subarray(0, bytes);
          this.#files.set(name, { seen, durable: seen });
        }),
      salvage: (name, whole) =>
        this.#do('salvage', name, 0, () => {
          this.content(name);
          this.#aside.add(name);
          const seen = Buffer.concat(whole);
          this.#files.set(name, { seen, durable: seen });
        }),
      remove: (name) => this.#do('remove', name, 0, () => this.#vanish(name)),
      setAside: (name) =>
        this.#do('setAside', name, 0, () => {
          this.content(name);
          this.#vanish(name);
          this.#aside.add(name);
        }),
    };
  }

  #open(name: string): JournalFile {
    const file = this.#files.get(name)!;
    return {
      append: (buffers) => {
        const more = Buffer.concat(buffers);
        const written = () => {
          file.seen = Buffer.concat([file.seen!, more]);
        };
        // A write that fails or is cut has often written something.
        const torn = () => {
          file.seen = Buffer.concat([file.seen!, more.subarray(0, more.length >> 1)]);
        };
        return this.#do('append', name, more.length, written, torn);
      },
      sync: () =>
        this.#do('sync', name, 0, () => {
          file.durable = file.seen;
        }),
      truncate: (bytes) =>
        this.#do('truncate', name, bytes, () => {
          file.seen = file.seen!.subarray(0, bytes);
        }),
      close: () => this.#do('close', name, 0, () => {}),
    };
  }

  /** Until the folder is synced a name that was removed can come back. */
  #vanish(name: string): void {
    const file = this.#files.get(name);
    if (file) file.seen = null;
  }

  async #do<T>(
    operation: Operation,
    name: string,
    bytes: number,
    effect: () => T,
    torn = () => {},
  ): Promise<T> {
    const step = { operation, name, bytes };
    this.steps.push(step);
    if (this.#isDead || this.steps.length > this.cutAt) {
      // Cut in the middle of it: what it does may be begun, its promise is never kept.
      if (!this.#isDead && !DURABLE.has(operation)) effect();
      this.#isDead = true;
      this.#die();
      return new Promise<never>(() => {});
    }
    // A real disk answers later, and not always in the same turn.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      this.before(step);
    } catch (thrown) {
      torn();
      throw thrown;
    }
    return effect();
  }
}

function remains(seen: Buffer | null, durable: Buffer | null, aftermath: Aftermath): Buffer | null {
  if (aftermath === 'nothing') return durable;
  const appended = seen !== null && durable !== null && seen.subarray(0, durable.length).equals(durable);
  if (!appended || aftermath === 'all') return seen;
  const tail = Buffer.from(seen.subarray(durable.length));
  const half = tail.length >> 1;
  if (aftermath === 'half') return Buffer.concat([durable, tail.subarray(0, half)]);
  if (aftermath === 'zeros') tail.fill(0);
  if (aftermath === 'hole') tail.fill(0, 0, half);
  if (aftermath === 'garbled' && tail.length > 0) tail[half]! ^= 0xff;
  return Buffer.concat([durable, tail]);
}
