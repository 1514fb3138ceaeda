import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, Problem } from '../../base/errors.ts';
import type { Part } from './batch.ts';
import { type TimeSpan, timesOf } from './times.ts';

/** A request in the spool: all of it but its bytes. */
export interface Spooled extends Omit<Part, 'body'> {
  offset: number;
  length: number;
  /** Its newest time, unix nanoseconds; 0 without any. */
  newest: bigint;
}

/** What is written or read at once. */
const CHUNK_BYTES = 2 ** 20;

/**
 * The converted requests of all files on the disk, with their times known: nothing can be shifted to the newest time,
 * or sent in the order of time, before everything was read once. A file without a name: it goes with the process.
 */
export class Spool {
  readonly entries: Spooled[] = [];
  readonly times: TimeSpan = { oldest: 0n, newest: 0n };
  readonly #file: FileHandle;
  #unwritten: Uint8Array[] = [];
  #unwrittenBytes = 0;
  #bytes = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** In the system's folder for temporary files. @throws Problem `no_spool` */
  static async create(folder = tmpdir()): Promise<Spool> {
    const path = join(folder, `loopwatch-import-${randomBytes(8).toString('hex')}`);
    try {
      const file = await open(path, 'wx+', 0o600);
      await unlink(path);
      return new Spool(file);
    } catch (thrown) {
      throw noSpool(thrown);
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws Problem `no_spool` when there is no room */
  async add({ body, ...part }: Part): Promise<void> {
    const { oldest, newest } = timesOf(body, part.signal);
    if (newest > 0n) {
      if (this.times.oldest === 0n || oldest < this.times.oldest) this.times.oldest = oldest;
      if (newest > this.times.newest) this.times.newest = newest;
    }
    this.entries.push({ ...part, newest, offset: this.#bytes, length: body.length });
    this.#unwritten.push(body);
    this.#bytes += body.length;
    this.#unwrittenBytes += body.length;
    if (this.#unwrittenBytes >= CHUNK_BYTES) await this.flush();
  }

  /** To be called before the first `take`. @throws Problem `no_spool` */
  async flush(): Promise<void> {
    const buffers = this.#unwritten;
    this.#unwritten = [];
    this.#unwrittenBytes = 0;
    try {
      if (buffers.length > 0) await this.#file.appendFile(Buffer.concat(buffers));
    } catch (thrown) {
      throw noSpool(thrown);
    }
  }

  /** The requests with their bytes, which are the caller's to change. What lies together is read together. */
  async *take(entries: readonly Spooled[]): AsyncGenerator<Part> {
    for (const run of runs(entries)) {
      const from = run[0]!.offset;
      const bytes = await this.#read(from, run.at(-1)!.offset + run.at(-1)!.length - from);
      for (const { offset, length, newest: _, ...part } of run)
        yield { ...part, body: bytes.subarray(offset - from, offset - from + length) };
    }
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let read = 0; read < length; ) {
      const { bytesRead } = await this.#file.read(bytes, read, length - read, offset + read);
      if (bytesRead === 0) throw noSpool(new Error('it ends too early'));
      read += bytesRead;
    }
    return bytes;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Entries one behind the other in the file, of about a mebibyte together. */
function* runs(entries: readonly Spooled[]): Generator<Spooled[]> {
  let run: Spooled[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const last = run.at(-1);
    if (last && (last.offset + last.length !== entry.offset || bytes >= CHUNK_BYTES)) {
      yield run;
      run = [];
      bytes = 0;
    }
    run.push(entry);
    bytes += entry.length;
  }
  if (run.length > 0) yield run;
}

const noSpool = (thrown: unknown): Problem =>
  new Problem(
    'no_spool',
    `--shift-to and --speed need a temporary file in ${tmpdir()} (${messageOf(thrown)}); make room, or name another folder in TMPDIR`,
  );
