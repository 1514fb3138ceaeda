/** A file of JSON lines, plain or gzip, line by line in bounded memory; what cannot be read is said and the rest goes on. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../../base/errors.ts';
import { formatSize } from '../../base/units.ts';

/** A line as it stands in the file, or why there is none. */
export type Found =
  | { line: number; bytes: Buffer }
  /** `line` 0: the whole file. `ends`: nothing of the file follows. */
  | { line: number; problem: string; ends: boolean };

export interface ReadOptions {
  /** A longer line is left out. Bytes. */
  maxLineBytes: number;
  /** Called with the bytes taken from the disk, as they are. */
  read: (bytes: number) => void;
}

/** Unpacked, so much of a file can come to a thousand times its size: 16 MiB at most are held. */
const CHUNK_BYTES = 16 * 1_024;
const GZIP = '1f8b';
/** First bytes in hex of what is not JSON lines, and what to do with it. */
const FOREIGN: readonly (readonly [magic: string, sentence: string])[] = [
  ['fffe', 'It is UTF-16; turn it into UTF-8: iconv -f UTF-16 -t UTF-8'],
  ['feff', 'It is UTF-16; turn it into UTF-8: iconv -f UTF-16 -t UTF-8'],
  ['7b00', 'It is UTF-16; turn it into UTF-8: iconv -f UTF-16LE -t UTF-8'],
  ['007b', 'It is UTF-16; turn it into UTF-8: iconv -f UTF-16BE -t UTF-8'],
  ['28b52ffd', 'It is packed with zstd; unpack it first: zstd -d'],
  ['504b0304', 'It is a zip archive; unpack it first: unzip'],
  ['fd377a585a', 'It is packed with xz; unpack it first: xz -d'],
  ['425a68', 'It is packed with bzip2; unpack it first: bzip2 -d'],
];
const UTF8_BOM = Buffer.from('efbbbf', 'hex');

/** Lines that are not empty, in order. Never throws: what is wrong comes as a `problem`. */
export async function* readLines(path: string, options: ReadOptions): AsyncGenerator<Found> {
  const head = await headOf(path);
  if (typeof head === 'string') return yield { line: 0, problem: head, ends: true };
  const foreign = FOREIGN.find(([magic]) => head.toString('hex').startsWith(magic));
  if (foreign) return yield { line: 0, problem: foreign[1], ends: true };
  const splitter = new Splitter(options.maxLineBytes);
  const isGzip = head.toString('hex').startsWith(GZIP);
  try {
    const packed = counted(path, options.read);
    for await (const chunk of isGzip ? unpacked(packed) : packed) yield* splitter.push(chunk);
  } catch (thrown) {
    // What ends in the middle of a line there is not whole, and is not imported.
    return yield { line: splitter.line, problem: unreadable(thrown), ends: true };
  }
  yield* splitter.end();
}

function unreadable(thrown: unknown): string {
  const reason = messageOf(thrown);
  if (reason === 'unexpected end of file')
    return 'The gzip is cut short here; every whole line before it is imported. Get the file again';
  return `The file cannot be read on from here (${reason}); every whole line before it is imported. Get the file again`;
}

/** The first bytes, or why there are none. */
async function headOf(path: string): Promise<Buffer | string> {
  let file: FileHandle | undefined;
  try {
    if ((await stat(path)).isDirectory()) return 'It is a folder; name the files in it';
    file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return bytesRead === 0 ? 'It is empty; check what should have written it' : buffer.subarray(0, bytesRead);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return 'There is no such file; check its name';
    return `It cannot be opened (${messageOf(thrown)})`;
  } finally {
    await file?.close();
  }
}

async function* counted(path: string, read: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    read(chunk.length);
    yield chunk;
  }
}

/**
 * Unpacks one chunk after the other, so that everything in front of a damaged place is handed on: a piped stream
 * throws away what it still holds when it fails.
 */
async function* unpacked(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  let failure: Error | undefined;
  const ready: Buffer[] = [];
  gunzip.on('data', (chunk: Buffer) => ready.push(chunk));
  // After an error a write is never called back.
  let stuck = () => {};
  gunzip.on('error', (error) => {
    failure = error;
    stuck();
  });
  const take = () => ready.splice(0);
  for await (const chunk of packed) {
    await new Promise<void>((resolve) => {
      stuck = resolve;
      gunzip.write(chunk, () => resolve());
    });
    yield* take();
    if (failure) throw failure;
  }
  const ended = once(gunzip, 'end').catch(() => {});
  gunzip.end();
  await ended;
  yield* take();
  if (failure) throw failure;
}

const NEWLINE = 0x0a;

/** Cuts chunks into lines; of one that is too long nothing is kept. */
class Splitter {
  /** The line that is being read, from 1. */
  line = 1;
  readonly #max: number;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(maxLineBytes: number) {
    this.#max = maxLineBytes;
  }

  *push(chunk: Buffer): Generator<Found> {
    let from = 0;
    for (;;) {
      const until = chunk.indexOf(NEWLINE, from);
      this.#keep(chunk.subarray(from, until < 0 ? chunk.length : until));
      if (until < 0) return;
      yield* this.end();
      this.line += 1;
      from = until + 1;
    }
  }

  /** What has been read since the last newline. */
  *end(): Generator<Found> {
    const { line } = this;
    const size = this.#size;
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    if (size > this.#max) yield { line, problem: tooLong(size, this.#max), ends: false };
    else {
      const text = line === 1 && bytes.subarray(0, 3).equals(UTF8_BOM) ? bytes.subarray(3) : bytes;
      if (!isBlank(text)) yield { line, bytes: text };
    }
  }

  #keep(part: Buffer): void {
    this.#size += part.length;
    if (this.#size <= this.#max) this.#parts.push(part);
    else this.#parts = [];
  }
}

const tooLong = (size: number, max: number): string =>
  `The line has ${formatSize(size)}, more than ${formatSize(max)}; have it written in smaller batches (of the Collector's batch processor: send_batch_max_size)`;

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  return true;
}
