/** What is to become of a request, told with decoded objects: the second opinion on every item rule. */

import { decodeAs, normaliseAll } from '../../drills/fuzz/decoded.ts';
import type { Signal } from '../../model/otlp.ts';
import { NOW, WINDOW } from './wire.ts';

export interface Verdict {
  /** The decoded request as it should be stored. */
  request: unknown;
  accepted: number;
  rejected: number;
}

// biome-ignore lint/suspicious/noExplicitAny: decoded messages of all signals are looked at by name
type Message = any;

/** Lists of items by signal, as getters and setters of what is kept. */
const LISTS: Record<Signal, (request: Message) => { holder: Message; list: string }[]> = {
  traces: ({ resourceSpans }) =>
    resourceSpans.flatMap((group: Message) =>
      group.scopeSpans.map((holder: Message) => ({ holder, list: 'spans' })),
    ),
  logs: ({ resourceLogs }) =>
    resourceLogs.flatMap((group: Message) =>
      group.scopeLogs.map((holder: Message) => ({ holder, list: 'logRecords' })),
    ),
  metrics: ({ resourceMetrics }) =>
    resourceMetrics.flatMap((group: Message) =>
      group.scopeMetrics.flatMap((scope: Message) =>
        scope.metrics
          .filter(({ kind }: Message) => kind.case !== undefined)
          .map(({ kind }: Message) => ({ holder: kind.value, list: 'dataPoints' })),
      ),
    ),
};

const KEPT: Record<Signal, (item: Message) => boolean> = { traces: isSpan, logs: isRecord, metrics: isPoint };

export function expected(signal: Signal, body: Uint8Array): Verdict {
  const request = decodeAs<Message>(signal, body);
  let accepted = 0;
  let rejected = 0;
  for (const { holder, list } of LISTS[signal](request)) {
    const kept = holder[list].filter(KEPT[signal]);
    accepted += kept.length;
    rejected += holder[list].length - kept.length;
    holder[list] = kept;
  }
  normaliseAll(request);
  return { request, accepted, rejected };
}

const isId = (id: Uint8Array, size: number) => id.length === size && id.some(Boolean);
const isInWindow = (time: bigint) => Number(time) >= WINDOW.earliest && Number(time) <= WINDOW.latest;

function isSpan(span: Message): boolean {
  const parent = span.parentSpanId.length === 0 || span.parentSpanId.length === 8;
  if (!span.parentSpanId.some(Boolean) && parent) span.parentSpanId = new Uint8Array(0);
  return isId(span.traceId, 16) && isId(span.spanId, 8) && parent && isInWindow(span.startTimeUnixNano);
}

function isRecord(record: Message): boolean {
  if (!isId(record.traceId, 16)) record.traceId = new Uint8Array(0);
  if (!isId(record.spanId, 8)) record.spanId = new Uint8Array(0);
  if (record.timeUnixNano === 0n && record.observedTimeUnixNano === 0n)
    record.observedTimeUnixNano = BigInt(NOW);
  return isInWindow(record.timeUnixNano || record.observedTimeUnixNano);
}

function isPoint(point: Message): boolean {
  if (point.$typeName === 'otlp.NumberDataPoint' && point.kind.case === undefined && point.flags % 2 === 0)
    return false;
  const [counts, bounds] = [point.bucketCounts?.length ?? 0, point.explicitBounds?.length ?? 0];
  if (counts !== bounds + 1 && counts + bounds > 0) return false;
  return isInWindow(point.timeUnixNano);
}
