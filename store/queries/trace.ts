import type { Attributes, Span, SpanKind, SpanStatus, Trace } from '../../model/trace.ts';
import type { Engine } from '../engine.ts';
import { cutMap } from './attributes.ts';

/** Spans of one trace that are read at most; what is beyond is said, not hidden. */
const MAX_SPANS = 50_000;

interface SpanRow {
  spanId: string;
  parentSpanId: string;
  service: string;
  name: string;
  kind: SpanKind;
  status: SpanStatus;
  statusMessage: string;
  /** Nanoseconds since the epoch, as text: a double would lose digits. */
  startNs: string;
  durationNs: string;
  scope: string;
  attributes: Attributes;
  resource: Attributes;
  eventTimesNs: string[];
  eventNames: string[];
  eventAttributes: Attributes[];
  linkTraceIds: string[];
  linkSpanIds: string[];
  linkAttributes: Attributes[];
}

/** One trace with all its spans, or null when there is none under this id. @param traceId 32 hex digits, lower case */
export async function readTrace(engine: Engine, traceId: string): Promise<Trace | null> {
  const [span] = await engine.query<{ from: number; to: number }>(
    `SELECT toUnixTimestamp(min(Start)) AS from, toUnixTimestamp(max(End)) + 1 AS to
     FROM otel_traces_trace_id_ts WHERE TraceId = {traceId:String} HAVING count() > 0`,
    { traceId },
  );
  if (span === undefined) return null;
  const rows = await engine.query<SpanRow>(
    `SELECT SpanId AS spanId, ParentSpanId AS parentSpanId, ServiceName AS service, SpanName AS name, SpanKind AS kind,
       StatusCode AS status, StatusMessage AS statusMessage,
       toString(toUnixTimestamp64Nano(Timestamp)) AS startNs, toString(Duration) AS durationNs,
       trimRight(concat(ScopeName, ' ', ScopeVersion)) AS scope, ${cutMap('SpanAttributes')} AS attributes, ${cutMap('ResourceAttributes')} AS resource,
       arrayMap(t -> toString(toUnixTimestamp64Nano(t)), Events.Timestamp) AS eventTimesNs, Events.Name AS eventNames,
       arrayMap(event -> ${cutMap('event')}, Events.Attributes) AS eventAttributes,
       Links.TraceId AS linkTraceIds, Links.SpanId AS linkSpanIds, arrayMap(link -> ${cutMap('link')}, Links.Attributes) AS linkAttributes
     FROM otel_traces
     WHERE TraceId = {traceId:String}
       AND Timestamp >= fromUnixTimestamp64Nano({from:Int64} * 1000000000)
       AND Timestamp < fromUnixTimestamp64Nano({to:Int64} * 1000000000)
     ORDER BY Timestamp, SpanId LIMIT ${MAX_SPANS + 1}`,
    { traceId, from: span.from, to: span.to },
  );
  return rows.length === 0 ? null : traceOf(traceId, rows);
}

function traceOf(traceId: string, all: readonly SpanRow[]): Trace {
  const rows = all.slice(0, MAX_SPANS);
  const origin = BigInt(rows[0]!.startNs);
  const sinceStart = (ns: string) => Number(BigInt(ns) - origin) / 1e6;
  const resources = new Map<string, number>();
  const spans = rows.map((row): Span => {
    const resource = JSON.stringify(row.resource);
    if (!resources.has(resource)) resources.set(resource, resources.size);
    return {
      spanId: row.spanId,
      parentSpanId: row.parentSpanId,
      service: row.service,
      name: row.name,
      kind: row.kind,
      status: row.status,
      statusMessage: row.statusMessage,
      startMs: sinceStart(row.startNs),
      durationMs: Number(row.durationNs) / 1e6,
      scope: row.scope,
      attributes: row.attributes,
      resource: resources.get(resource)!,
      events: row.eventNames.map((name, i) => ({
        atMs: sinceStart(row.eventTimesNs[i]!),
        name,
        attributes: row.eventAttributes[i]!,
      })),
      links: row.linkSpanIds.map((spanId, i) => ({
        traceId: row.linkTraceIds[i]!,
        spanId,
        attributes: row.linkAttributes[i]!,
      })),
    };
  });
  return {
    traceId,
    start: Number(origin / 1_000n) / 1_000,
    durationMs: spans.reduce((longest, span) => Math.max(longest, span.startMs + span.durationMs), 0),
    spans,
    resources: [...resources.keys()].map((text) => JSON.parse(text) as Attributes),
    truncated: all.length > MAX_SPANS,
  };
}
