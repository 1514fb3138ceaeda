import { closeSync, openSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { frame } from '../../collector/journal/frame.ts';
import { admit } from '../../collector/wire/admit.ts';
import type { Signal } from '../../model/otlp.ts';
import type { Segment } from '../../store/engine.ts';
import type { Prepared } from '../harness/sender.ts';
import { logRequests } from '../workload/logs.ts';
import { metricRequests } from '../workload/metrics.ts';
import { type ExportRequest, traceRequests } from '../workload/traces.ts';

export const ITEMS_PER_REQUEST = 512;

export interface Wanted {
  signal: Signal;
  seed: number;
  items: number;
  /** How far apart in time they are. */
  itemsPerSecond: number;
}

/** The workload in memory, compressed as SDKs do it, before anything is measured. */
export function prepare(wanted: Wanted): Prepared[] {
  const { items, itemsPerSecond } = wanted;
  // So that the last of them ends about now: nothing is from the future, everything in one or two partitions.
  const startAt = Math.round(Date.now() - (items / itemsPerSecond) * 1_000 - 10_000);
  const source = sourceOf(wanted, startAt);
  return Array.from({ length: Math.ceil(items / ITEMS_PER_REQUEST) }, () => {
    const { batch, items, body } = source.next().value;
    return { batch, items, gzip: gzipSync(body) };
  });
}

/** The workload of a signal, from this unix millisecond on. */
export function sourceOf(
  { signal, seed, itemsPerSecond: rate }: Omit<Wanted, 'items'>,
  startAt: number,
): Generator<ExportRequest, never> {
  if (signal === 'metrics')
    return metricRequests({ seed, startAt, pointsPerRequest: ITEMS_PER_REQUEST, pointsPerSecond: rate });
  if (signal === 'logs')
    return logRequests({ seed, startAt, recordsPerRequest: ITEMS_PER_REQUEST, recordsPerSecond: rate });
  return traceRequests({ seed, startAt, spansPerRequest: ITEMS_PER_REQUEST, spansPerSecond: rate });
}

/**
 * The same requests as sealed journal segments: what the collector would have handed to the engine.
 * @param sizes items of each segment, in order
 */
export function writeSegments(
  folder: string,
  signal: Signal,
  requests: readonly Prepared[],
  sizes: readonly number[],
): Segment[] {
  const waiting = requests[Symbol.iterator]();
  return sizes.map((size, i) => {
    const bodies: Buffer[] = [];
    for (let items = 0; items < size; ) {
      const next = waiting.next();
      if (next.done) break;
      bodies.push(gunzipSync(next.value.gzip));
      items += next.value.items;
    }
    return writeSegment(folder, `limit-${String(i).padStart(6, '0')}`, signal, bodies);
  });
}

/** One sealed journal segment of these requests, checked and mended as at the door. */
export function writeSegment(
  folder: string,
  token: string,
  signal: Signal,
  bodies: Iterable<Uint8Array>,
): Segment {
  const window = { earliest: 0, latest: Date.now() * 1e6 + 600e9 };
  const path = join(folder, `${token}.seg`);
  const file = openSync(path, 'wx');
  for (const body of bodies) writevSync(file, frame(admit(body, signal, window).body));
  closeSync(file);
  return { signal, path, token };
}
