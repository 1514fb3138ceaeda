import type { Transform } from 'node:stream';
import { constants, createGunzip, createInflate, createZstdDecompress, gunzipSync } from 'node:zlib';
import { messageOf, Problem } from '../../base/errors.ts';
import type { Hold } from './budget.ts';

/** A zlib stream; `bytesWritten` counts what it has used of its input. */
type Decompressor = Transform & { bytesWritten: number };

/** RFC 9659: zstd as a content coding needs no window above 8 MiB; without a bound a header of 10 bytes takes 128 MiB. */
const ZSTD_WINDOW_LOG = 23;

const DECOMPRESSORS = new Map<string, (chunkSize: number) => Decompressor>([
  ['gzip', (chunkSize) => createGunzip({ chunkSize })],
  ['deflate', (chunkSize) => createInflate({ chunkSize })],
  [
    'zstd',
    (chunkSize) =>
      createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
  ],
]);

/** Unpacking this much holds the event loop for a millisecond or two. */
const ON_THE_SPOT_BYTES = { packed: 128 * 1_024, unpacked: 1_024 * 1_024 };

export const ENCODINGS = ['identity', ...DECOMPRESSORS.keys()];

/** `Content-Encoding` or `grpc-encoding` as a name in `ENCODINGS`; undefined: not understood (stacked ones neither). */
export function encodingOf(header: string | undefined): string | undefined {
  const name = (header ?? '').trim().toLowerCase() || 'identity';
  return ENCODINGS.includes(name) ? name : undefined;
}

export interface UnpackOptions {
  /** A name in `ENCODINGS`. */
  encoding: string;
  hold: Hold;
  maxBytes: number;
  tooLarge: () => Problem;
}

/**
 * A body that becomes larger than this is unpacked twice: first only to be counted, so that a bomb never has its 64 MiB
 * in memory, then into a buffer of its size.
 */
const KEPT_BYTES = 8 * 2 ** 20;

/**
 * Unpacks bodies a few at a time: a small body can become 64 MiB, and a hundred of them at once would be 6 GB before
 * the first is refused. What comes out is held against the budget before it is kept.
 */
export class Unpacker {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** @throws Problem `body_too_large` | `bad_encoding` | `busy` */
  async unpack(packed: Buffer, options: UnpackOptions): Promise<Buffer> {
    if (options.encoding === 'identity') return packed;
    const small = unpackSmall(packed, options);
    if (small !== null) return small;
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    try {
      const body = await inflateAll(packed, options);
      options.hold.give(packed.length);
      return body;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

/**
 * The usual request, a few hundred spans in gzip, in one piece and at once: 0.3 ms of CPU instead of 1.1 ms through the
 * thread pool, and unpacking is the largest cost of the receiver. Only where the body's own word for its length (RFC
 * 1952: the last four bytes) is small and true; null for everything else, which goes the bounded way.
 */
function unpackSmall(packed: Buffer, { encoding, hold, maxBytes }: UnpackOptions): Buffer | null {
  if (encoding !== 'gzip' || packed.length < 18 || packed.length > ON_THE_SPOT_BYTES.packed) return null;
  const promised = packed.readUInt32LE(packed.length - 4);
  if (promised > Math.min(ON_THE_SPOT_BYTES.unpacked, maxBytes)) return null;
  hold.take(promised);
  try {
    const body = gunzipSync(packed, { chunkSize: promised + 64, maxOutputLength: promised + 64 });
    hold.give(packed.length + promised - body.length);
    return body;
  } catch {
    // Not what it says: the bounded way finds out what it is, or what is wrong with it.
    hold.give(promised);
    return null;
  }
}

async function inflateAll(
  packed: Buffer,
  { encoding, hold, maxBytes, tooLarge }: UnpackOptions,
): Promise<Buffer> {
  let kept: Buffer[] = [];
  let size = 0;
  for await (const piece of pieces(packed, encoding)) {
    size += piece.length;
    if (size > maxBytes) throw tooLarge();
    if (size <= KEPT_BYTES) kept.push(piece);
    else kept = [];
  }
  hold.take(size);
  if (size <= KEPT_BYTES) return kept.length === 1 ? kept[0]! : Buffer.concat(kept, size);
  const body = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for await (const piece of pieces(packed, encoding)) {
    body.set(piece, at);
    at += piece.length;
  }
  return body;
}

/** What is in the body, piece by piece. @throws Problem `bad_encoding` */
async function* pieces(packed: Buffer, encoding: string): AsyncGenerator<Buffer> {
  const create = DECOMPRESSORS.get(encoding)!;
  // Telemetry shrinks about eightfold; each piece costs a turn through the thread pool.
  const chunkSize = Math.min(Math.max(packed.length * 8, 4_096), 256 * 1_024);
  let used = 0;
  do {
    const stream = create(chunkSize);
    // A reader that has seen enough must not leave the stream behind, nor its error unheard.
    stream.on('error', () => {});
    stream.end(packed.subarray(used));
    try {
      yield* stream as AsyncIterable<Buffer>;
    } catch (thrown) {
      throw new Problem('bad_encoding', `The body is not ${encoding}: ${messageOf(thrown)}`);
    }
    // Node ends after the first zstd frame; RFC 8878 allows several, and the rest would be lost without a word.
    used += stream.bytesWritten;
  } while (encoding === 'zstd' && used < packed.length);
}
