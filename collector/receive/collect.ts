import type { Readable } from 'node:stream';
import { Problem } from '../../base/errors.ts';
import type { Hold } from './budget.ts';

export interface CollectOptions {
  hold: Hold;
  maxBytes: number;
  withinMs: number;
  tooLarge: () => Problem;
}

/**
 * All bytes of a stream, counted as they arrive: a declared length can lie or be missing. Leaves the stream open when
 * it fails, so that the sender can still be answered.
 * @throws Problem `body_too_large` | `busy` | `too_slow` | `cut_short`
 */
export function collect(stream: Readable, options: CollectOptions): Promise<Buffer> {
  const { hold, maxBytes, withinMs, tooLarge } = options;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = () => {
      clearTimeout(timer);
      stream
        .off('data', onData)
        .off('end', onEnd)
        .off('close', onCut)
        .off('error', onCut)
        .off('aborted', onCut);
    };
    const fail = (problem: unknown) => {
      stop();
      // What may still come must not be an unhandled error.
      stream.on('error', () => {});
      reject(problem);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) return fail(tooLarge());
      try {
        hold.take(chunk.length);
      } catch (thrown) {
        return fail(thrown);
      }
      chunks.push(chunk);
    };
    const onEnd = () => {
      stop();
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size));
    };
    const onCut = () =>
      fail(new Problem('cut_short', 'The connection ended before the whole body had arrived'));
    const onTime = () =>
      fail(
        new Problem('too_slow', `The body was not whole within ${withinMs / 1_000} s; send smaller batches`),
      );
    const timer = setTimeout(onTime, withinMs);
    stream.on('data', onData).on('end', onEnd).on('close', onCut).on('error', onCut).on('aborted', onCut);
  });
}
