import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '../../base/log.ts';
import type { Signal } from '../../model/otlp.ts';
import { type EmbeddedEngine, startEmbedded } from '../../store/embedded/supervisor.ts';
import type { Engine } from '../../store/engine.ts';
import { applySchema } from '../../store/schema/apply.ts';
import { progress, thousands } from '../harness/report.ts';
import type { Scratch } from '../harness/scratch.ts';
import { ITEMS_PER_REQUEST, sourceOf, writeSegment } from '../ingest/prepare.ts';

/** The product's default (`engine-memory`). */
const ENGINE_MEMORY_BYTES = 2 * 2 ** 30;
/** About as many as a segment of 64 MiB holds. */
const ITEMS_PER_SEGMENT = 131_072;

/** An embedded engine of the bench's own, with the product's memory and schema, that ends with the scratch. */
export async function openEngine(scratch: Scratch): Promise<EmbeddedEngine> {
  const folder = join(scratch.folder, 'engine');
  const engine = await startEmbedded({ folder, memoryBytes: ENGINE_MEMORY_BYTES, log: createLog('warn') });
  scratch.atEnd(() => void engine.close().catch(() => {}));
  await applySchema(engine);
  return engine;
}

export interface Filling {
  signal: Signal;
  seed: number;
  items: number;
  /** Unix milliseconds over which the items are spread evenly. */
  from: number;
  to: number;
}

/** Stores the workload as the drain would, segment by segment. @throws Error when the engine stored another number */
export async function fill(engine: Engine, scratch: Scratch, filling: Filling): Promise<void> {
  const { signal, seed, items, from, to } = filling;
  const folder = join(scratch.folder, `${signal}-segments`);
  mkdirSync(folder, { recursive: true });
  const source = sourceOf({ signal, seed, itemsPerSecond: (items * 1_000) / (to - from) }, from);
  for (let stored = 0; stored < items; ) {
    const wanted = Math.min(ITEMS_PER_SEGMENT, items - stored);
    const bodies = Array.from({ length: Math.ceil(wanted / ITEMS_PER_REQUEST) }, () => source.next().value);
    const segment = writeSegment(
      folder,
      `${signal}-${stored}`,
      signal,
      bodies.map(({ body }) => body),
    );
    const rows = await engine.insertSegment(segment);
    const sent = bodies.reduce((sum, request) => sum + request.items, 0);
    if (rows !== sent) throw new Error(`The engine stored ${rows} of ${sent} items of a segment.`);
    rmSync(segment.path);
    stored += sent;
    if (stored % (8 * ITEMS_PER_SEGMENT) === 0) progress(`${thousands(stored)} stored`);
  }
}
