/** From the front door to the columns: requests as the protobuf library writes them, a real intake, a real engine. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { createLog } from '../../base/log.ts';
import { frame } from '../../collector/journal/frame.ts';
import { createIntake } from '../../collector/receive/intake.ts';
import { SeriesGuard } from '../../collector/receive/series-guard.ts';
import { descriptor } from '../../collector/wire/reencode.ts';
import { REQUEST, type Signal } from '../../model/otlp.ts';
import { startEmbedded } from '../../store/embedded/supervisor.ts';
import type { Engine, Segment } from '../../store/engine.ts';
import { applySchema } from '../../store/schema/apply.ts';

export const DAY_MS = 86_400_000;
const RETENTION = { traces: 30 * DAY_MS, metrics: 30 * DAY_MS, logs: 30 * DAY_MS };

export interface FrontDoor {
  engine: Engine;
  /** Takes requests in and stores them as one segment. @returns the segment, to store it again, and the items */
  store(
    signal: Signal,
    ...requests: object[]
  ): Promise<{ segment: Segment; accepted: number; stored: number }>;
  stop(): Promise<void>;
}

export async function openFrontDoor(): Promise<FrontDoor> {
  const folder = mkdtempSync(join(tmpdir(), 'lw-'));
  const engine = await startEmbedded({ folder, memoryBytes: 2 ** 30, log: createLog('error') });
  await applySchema(engine);
  let count = 0;
  return {
    engine,
    store: async (signal, ...requests) => {
      const frames: Uint8Array[] = [];
      const journal = { append: async (_: Signal, body: Uint8Array) => void frames.push(...frame(body)) };
      const intake = createIntake({
        journal,
        now: Date.now,
        retentionMs: RETENTION,
        series: new SeriesGuard(Date.now),
      });
      let accepted = 0;
      for (const request of requests) accepted += (await intake(encoded(signal, request), signal)).accepted;
      const token = `${signal}-${++count}`;
      const segment = { signal, token, path: join(folder, `${token}.seg`) };
      writeFileSync(segment.path, Buffer.concat(frames));
      return { segment, accepted, stored: await engine.insertSegment(segment) };
    },
    stop: async () => {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function encoded(signal: Signal, request: object): Uint8Array {
  const type = descriptor(REQUEST[signal]);
  return toBinary(type, create(type, request as never));
}

/** Attributes with string values. */
export const attributes = (values: Record<string, string>): object[] =>
  Object.entries(values).map(([key, value]) => ({ key, value: { kind: { case: 'stringValue', value } } }));

export const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

/** Nanoseconds of a DateTime64 column, exactly. */
export const nanos = (column: string): string => `toString(toUnixTimestamp64Nano(${column}))`;
