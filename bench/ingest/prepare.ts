import { closeSync, openSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { frame } from '../../collector/journal/frame.ts';
import { admit } from '../../collector/wire/admit.ts';
import type { Segment } from '../../store/engine.ts';
import type { Prepared } from '../harness/sender.ts';
import { traceRequests } from '../workload/traces.ts';

export const SPANS_PER_REQUEST = 512;

/** The workload in memory, compressed as SDKs do it, before anything is measured. */
export function prepareTraces(options: { seed: number; items: number; spansPerSecond: number }): Prepared[] {
  const { seed, items, spansPerSecond } = options;
  // So that the last of them ends about now: nothing is from the future, everything in one or two partitions.
  const startAt = Date.now() - (items / spansPerSecond) * 1_000 - 10_000;
  const source = traceRequests({ seed, spansPerRequest: SPANS_PER_REQUEST, startAt, spansPerSecond });
  return Array.from({ length: Math.ceil(items / SPANS_PER_REQUEST) }, () => {
    const { batch, items, body } = source.next().value;
    return { batch, items, gzip: gzipSync(body) };
  });
}

/**
 * The same requests as sealed journal segments: what the collector would have handed to the engine.
 * @param sizes items of each segment, in order
 */
export function writeSegments(
  folder: string,
  requests: readonly Prepared[],
  sizes: readonly number[],
): Segment[] {
  const waiting = requests[Symbol.iterator]();
  const window = { earliest: 0, latest: Date.now() * 1e6 + 600e9 };
  return sizes.map((size, i) => {
    const token = `limit-${String(i).padStart(6, '0')}`;
    const path = join(folder, `${token}.seg`);
    const file = openSync(path, 'wx');
    for (let items = 0; items < size; ) {
      const next = waiting.next();
      if (next.done) break;
      writevSync(file, frame(admit(gunzipSync(next.value.gzip), 'traces', window).body));
      items += next.value.items;
    }
    closeSync(file);
    return { signal: 'traces', path, token };
  });
}
