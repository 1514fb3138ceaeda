import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, gunzipSync, inflate, inflateSync, type ZlibOptions } from 'node:zlib';
import { messageOf, Problem } from '../../base/errors.ts';

export interface BodyLimits {
  /** Largest body, before and after decompression. */
  maxBytes: number;
  /** All bodies being received or unpacked at this moment, together. */
  maxBytesInFlight: number;
}

interface Decompressor {
  sync: (body: Buffer, options: ZlibOptions) => Buffer;
  async: (body: Buffer, options: ZlibOptions) => Promise<Buffer>;
  /** What the unpacked body will measure, by its own word; it can lie. */
  promisedBytes: (body: Buffer) => number;
}

const decompressors: Record<string, Decompressor> = {
  gzip: {
    sync: gunzipSync,
    async: promisify(gunzip) as Decompressor['async'],
    // RFC 1952: the last four bytes are the length, modulo 2^32.
    promisedBytes: (body) => (body.length >= 4 ? body.readUInt32LE(body.length - 4) : 0),
  },
  deflate: {
    sync: inflateSync,
    async: promisify(inflate) as Decompressor['async'],
    promisedBytes: (body) => body.length * 8,
  },
};

/**
 * Unpacking is the largest part of the receiver's CPU. zlib's chunks of 16 kB cost 1.1 ms for a request of 512 spans;
 * one chunk of the promised size, on the spot, costs 0.3 ms. Larger bodies go to the thread pool, so that no request
 * holds up the others for more than about a millisecond.
 */
const ON_THE_SPOT_BYTES = 128 * 2 ** 10;
const CHUNK_BYTES = { least: 16 * 2 ** 10, most: 2 * 2 ** 20 };
/** No deflate stream unpacks to more than 1032 times its size, so a larger promise is a lie. */
const DEFLATE_MAX_RATIO = 1_032;

/**
 * Reads request bodies within bounds: each is counted byte by byte as it arrives (a declared length can lie or be
 * missing), unpacked with a limit on the result, and held against a budget for all of them together.
 */
export class BodyReader {
  readonly #limits: BodyLimits;
  #inFlight = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /**
   * The whole body, unpacked, and a function that gives its bytes back to the budget.
   * @throws Problem `body_too_large` | `bad_encoding` | `unknown_encoding` | `busy` (retryable) | `cut_short`
   */
  async read(request: IncomingMessage): Promise<{ body: Buffer; release: () => void }> {
    const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
    const decompress = decompressors[encoding];
    if (decompress === undefined && encoding !== 'identity' && encoding !== '')
      throw new Problem(
        'unknown_encoding',
        `Content-Encoding "${encoding}" is not understood; send gzip, deflate or none`,
      );
    if (Number(request.headers['content-length'] ?? 0) > this.#limits.maxBytes) throw this.#tooLarge();
    let held = 0;
    const hold = (bytes: number) => {
      held += bytes;
      this.#inFlight += bytes;
      if (this.#inFlight > this.#limits.maxBytesInFlight)
        throw new Problem('busy', 'Too many large requests at once; send again shortly', { retryable: true });
    };
    const release = () => {
      this.#inFlight -= held;
      held = 0;
    };
    try {
      const packed = await this.#receive(request, hold);
      if (decompress === undefined) return { body: packed, release };
      const body = await this.#unpack(packed, encoding, decompress);
      hold(body.length);
      return { body, release };
    } catch (thrown) {
      release();
      throw thrown;
    }
  }

  async #receive(request: IncomingMessage, hold: (bytes: number) => void): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > this.#limits.maxBytes) throw this.#tooLarge();
        hold(chunk.length);
        chunks.push(chunk);
      }
    } catch (thrown) {
      if (thrown instanceof Problem) throw thrown;
      throw new Problem('cut_short', 'The connection ended before the whole body had arrived', {
        cause: thrown,
      });
    }
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
  }

  async #unpack(
    packed: Buffer,
    encoding: string,
    { sync, async, promisedBytes }: Decompressor,
  ): Promise<Buffer> {
    const promised = Math.min(promisedBytes(packed), packed.length * DEFLATE_MAX_RATIO);
    const chunkSize = Math.min(Math.max(promised + 64, CHUNK_BYTES.least), CHUNK_BYTES.most);
    const options = { maxOutputLength: this.#limits.maxBytes, chunkSize };
    const small = packed.length <= ON_THE_SPOT_BYTES && promised <= CHUNK_BYTES.most;
    try {
      return small
        ? sync(packed, { ...options, maxOutputLength: Math.min(CHUNK_BYTES.most, options.maxOutputLength) })
        : await async(packed, options);
    } catch (thrown) {
      // It promised to be small and was not: once more, off the event loop.
      if (small && isTooLarge(thrown) && CHUNK_BYTES.most < this.#limits.maxBytes)
        return this.#unpack(packed, encoding, { sync, async, promisedBytes: () => Number.POSITIVE_INFINITY });
      if (isTooLarge(thrown)) throw this.#tooLarge();
      throw new Problem('bad_encoding', `The body is not ${encoding}: ${messageOf(thrown)}`);
    }
  }

  #tooLarge(): Problem {
    const mib = Math.floor(this.#limits.maxBytes / 2 ** 20);
    return new Problem(
      'body_too_large',
      `The body is larger than ${mib} MiB (counted unpacked); send smaller batches, e.g. OTEL_BSP_MAX_EXPORT_BATCH_SIZE=512`,
    );
  }
}

const isTooLarge = (thrown: unknown): boolean =>
  (thrown as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
