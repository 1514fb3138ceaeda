import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { messageOf, Problem } from '../../base/errors.ts';

export interface BodyLimits {
  /** Largest body, before and after decompression. */
  maxBytes: number;
  /** All bodies being received or unpacked at this moment, together. */
  maxBytesInFlight: number;
}

const decompressors: Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> =
  {
    gzip: promisify(gunzip),
    deflate: promisify(inflate),
  };

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
    decompress: (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>,
  ): Promise<Buffer> {
    try {
      return await decompress(packed, { maxOutputLength: this.#limits.maxBytes });
    } catch (thrown) {
      if ((thrown as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw this.#tooLarge();
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
