/** Files as the OpenTelemetry file exporter writes them, and an import into a door of the test's own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import type { DeliverOptions } from '../../app/import/deliver.ts';
import { type Imported, startImport } from '../../app/import/import.ts';
import { descriptor } from '../../collector/wire/reencode.ts';
import { REQUEST } from '../../model/otlp.ts';
import type { OpenDoor } from '../door/setting.ts';
import { testFolder } from '../helpers/folder.ts';
import { newSpanId, newTraceId } from '../helpers/otlp.ts';

export const MINUTE = 60_000_000_000n;
export const nowNano = (): bigint => BigInt(Date.now()) * 1_000_000n;

/** A line with one span that ends at this time. */
export function spanLine(name: string, end: bigint = nowNano(), more: object = {}): string {
  const span = {
    traceId: newTraceId(),
    spanId: newSpanId(),
    name,
    kind: 2,
    startTimeUnixNano: String(end - 1_000_000n),
    endTimeUnixNano: String(end),
    ...more,
  };
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeSpans: [{ scope: { name: 'test' }, spans: [span] }],
      },
    ],
  });
}

export const logLine = (body: string, record: object = {}): string =>
  JSON.stringify({
    resourceLogs: [
      {
        scopeLogs: [
          { logRecords: [{ timeUnixNano: String(nowNano()), body: { stringValue: body }, ...record }] },
        ],
      },
    ],
  });

export const gaugeLine = (value: string, time: bigint = nowNano()): string =>
  `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"load","gauge":{"dataPoints":[{"timeUnixNano":"${time}","asDouble":${value}}]}}]}]}]}`;

/** Writes a file that is gone after the test; gives its path. */
export function file(content: string | Buffer, name = 'telemetry.jsonl'): string {
  const path = join(testFolder(), name);
  writeFileSync(path, content);
  return path;
}

export interface ImportSetting {
  shiftToNow?: boolean;
  speed?: number;
  token?: string;
  maxLineBytes?: number;
  deliver?: Partial<DeliverOptions>;
}

/** Imports into the door, with pauses too short to wait for. @throws what the import throws */
export async function importInto(
  door: Pick<OpenDoor, 'httpUrl'>,
  files: readonly string[],
  setting: ImportSetting = {},
): Promise<Imported> {
  const { shiftToNow = false, speed, token = '', maxLineBytes, deliver } = setting;
  const run = startImport(
    { files, endpoint: door.httpUrl, token, shiftToNow, speed },
    {
      now: Date.now,
      deliver: { retries: 3, maxPauseMs: 5, ...deliver },
      ...(maxLineBytes === undefined ? {} : { maxLineBytes }),
    },
  );
  await run.done;
  return run.imported;
}

/** What was journaled, as the protobuf library reads it: requests in order. */
export const journaled = (door: OpenDoor): unknown[] =>
  door.journaled.map(({ signal, body }) => fromBinary(descriptor(REQUEST[signal]), body));

interface Spans {
  resourceSpans: { scopeSpans: { spans: { name: string; endTimeUnixNano: bigint }[] }[] }[];
}

/** All spans that were journaled, in order. */
export const spansIn = (door: OpenDoor) =>
  (journaled(door) as Spans[]).flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  );

export const namesIn = (door: OpenDoor): string[] => spansIn(door).map(({ name }) => name);
