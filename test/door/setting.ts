/** A door on free ports of this machine, with a journal that remembers, and the bytes of requests to send to it. */
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { onTestFinished } from 'vitest';
import { createLog } from '../../base/log.ts';
import type { ArtifactSink } from '../../collector/receive/artifacts.ts';
import { Door } from '../../collector/receive/door.ts';
import { createOtlpGrpc } from '../../collector/receive/grpc.ts';
import { createOtlpHttp } from '../../collector/receive/http.ts';
import { createIntake } from '../../collector/receive/intake.ts';
import { DOOR_LIMITS, type DoorLimits } from '../../collector/receive/limits.ts';
import { Senders } from '../../collector/receive/senders.ts';
import { SeriesGuard } from '../../collector/receive/series-guard.ts';
import { onlyToken } from '../../collector/receive/token.ts';
import type { Health } from '../../model/health.ts';
import type { Signal } from '../../model/otlp.ts';
import { any, field, fixed64, SPAN_ID, TRACE_ID } from '../collector/wire.ts';

export interface DoorSetting {
  limits?: Partial<DoorLimits>;
  token?: string;
  corsOrigins?: string[];
  ownMark?: string;
  firstSpansFrom?: (service: string) => void;
  artifacts?: ArtifactSink;
  health?: Health;
  /** In place of the journal's answer. */
  append?: (signal: Signal, body: Uint8Array, items: number) => Promise<void>;
}

export interface OpenDoor {
  door: Door;
  senders: Senders;
  httpUrl: string;
  grpcUrl: string;
  /** What was journaled, in order. */
  journaled: { signal: Signal; body: Uint8Array; items: number }[];
  /** Lines of the log. */
  logged: string[];
  stop: () => Promise<void>;
}

const DAY_MS = 86_400_000;

export async function openDoor({
  limits,
  token,
  corsOrigins,
  ownMark,
  firstSpansFrom = () => {},
  artifacts,
  health,
  append,
}: DoorSetting = {}): Promise<OpenDoor> {
  const journaled: OpenDoor['journaled'] = [];
  const logged: string[] = [];
  const senders = new Senders({ now: Date.now, firstSpansFrom });
  const journal = {
    append: async (signal: Signal, body: Uint8Array, items: number) => {
      await append?.(signal, body, items);
      journaled.push({ signal, body, items });
    },
  };
  const door = new Door({
    intake: createIntake({
      journal,
      now: Date.now,
      retentionMs: { traces: DAY_MS, metrics: DAY_MS, logs: DAY_MS },
      series: new SeriesGuard(Date.now),
    }),
    senders,
    limits: { ...DOOR_LIMITS, ...limits },
    log: createLog('debug', (line) => void logged.push(line)),
    ...(token === undefined ? {} : { mayDeliver: onlyToken(token) }),
    ...(ownMark === undefined ? {} : { ownMark }),
  });
  const http = createOtlpHttp(door, corsOrigins, artifacts, health);
  const grpc = createOtlpGrpc(door);
  const [httpUrl, grpcUrl] = await Promise.all([listening(http), listening(grpc.server)]);
  const stop = async () => {
    http.close();
    http.closeAllConnections();
    await grpc.stop(100);
  };
  onTestFinished(stop);
  return { door, senders, httpUrl, grpcUrl, journaled, logged, stop };
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export const now = (): bigint => BigInt(Date.now()) * 1_000_000n;

/** The content of a valid span that begins now. */
export const spanNow = (...more: number[][]): number[] => [
  ...field(1, TRACE_ID),
  ...field(2, SPAN_ID),
  ...fixed64(7, now()),
  ...more.flat(),
];

/** ResourceSpans of one service. */
export const resourceSpans = (attributes: Record<string, string>, ...spans: number[][]): number[] =>
  field(1, [
    ...field(
      1,
      Object.entries(attributes).flatMap(([key, value]) =>
        field(1, [...field(1, key), ...field(2, any.string(value))]),
      ),
    ),
    ...field(
      2,
      spans.flatMap((content) => field(2, content)),
    ),
  ]);

/** A request of one service "shop" with these spans, or with one. */
export const traces = (...spans: number[][]): Buffer =>
  Buffer.from(resourceSpans({ 'service.name': 'shop' }, ...(spans.length > 0 ? spans : [spanNow()])));

/** A valid request of about so many bytes. */
export const tracesOf = (bytes: number): Buffer => {
  // The name of the span, filled up; made of buffers, since number arrays of megabytes are slow.
  const name = Buffer.alloc(bytes, 'x');
  const lead = Buffer.from(spanNow());
  const wrap = (number: number, content: Buffer) =>
    Buffer.concat([Buffer.from([number * 8 + 2]), varint(content.length), content]);
  return wrap(1, wrap(2, wrap(2, Buffer.concat([lead, wrap(5, name)]))));
};

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}
