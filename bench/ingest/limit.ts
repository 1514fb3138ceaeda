import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '../../base/log.ts';
import type { Signal } from '../../model/otlp.ts';
import { startEmbedded } from '../../store/embedded/supervisor.ts';
import { applySchema } from '../../store/schema/apply.ts';
import { cpuSecondsOf } from '../harness/processes.ts';
import type { Scratch } from '../harness/scratch.ts';
import type { Prepared } from '../harness/sender.ts';
import { mergesSettled } from '../harness/settle.ts';
import { writeSegments } from './prepare.ts';

/** The product's default (`engine-memory`). */
const ENGINE_MEMORY_BYTES = 2 * 2 ** 30;

export interface EngineLimit {
  items: number;
  cpuSeconds: number;
  settled: boolean;
}

/**
 * What the engine alone needs for the same segments under the same schema and settings, merges included: the most that
 * any collector in front of it could reach.
 */
export async function measureEngineLimit(
  scratch: Scratch,
  signal: Signal,
  requests: readonly Prepared[],
  sizes: readonly number[],
): Promise<EngineLimit> {
  const folder = join(scratch.folder, 'limit');
  mkdirSync(join(folder, 'segments'), { recursive: true });
  const segments = writeSegments(join(folder, 'segments'), signal, requests, sizes);
  const engine = await startEmbedded({
    folder: join(folder, 'engine'),
    memoryBytes: ENGINE_MEMORY_BYTES,
    log: createLog('warn'),
  });
  scratch.atEnd(() => void engine.close().catch(() => {}));
  await applySchema(engine);
  const before = cpuSecondsOf(engine.pid()!);
  let items = 0;
  for (const segment of segments) items += await engine.insertSegment(segment);
  const settled = await mergesSettled(engine);
  const cpuSeconds = cpuSecondsOf(engine.pid()!) - before;
  if (engine.restarts() > 0) throw new Error('The engine ended while its limit was measured.');
  await engine.close();
  return { items, cpuSeconds, settled };
}
