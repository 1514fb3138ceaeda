import type {
  Attributes,
  Span,
  SpanDetails,
  SpanKind,
  SpanOutline,
  SpanStatus,
  Trace,
  TraceOutline,
} from '../../model/trace.ts';
import type { Engine } from '../engine.ts';
import { cutMap } from './attributes.ts';

/** Spans of one trace that are read at most; what is beyond is said, not hidden. */
const MAX_SPANS = 50_000;

interface OutlineRow {
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
  /** A hash of the resource. */
  resourceId: string;
}

interface SpanRow extends OutlineRow {
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

const OUTLINE = `SpanId AS spanId, ParentSpanId AS parentSpanId, ServiceName AS service, SpanName AS name, SpanKind AS kind,
  StatusCode AS status, StatusMessage AS statusMessage,
  toString(toUnixTimestamp64Nano(Timestamp)) AS startNs, toString(Duration) AS durationNs,
  toString(cityHash64(ResourceAttributes)) AS resourceId`;

const DETAILS = `trimRight(concat(ScopeName, ' ', ScopeVersion)) AS scope,
  ${cutMap('SpanAttributes')} AS attributes, ${cutMap('ResourceAttributes')} AS resource,
  arrayMap(t -> toString(toUnixTimestamp64Nano(t)), Events.Timestamp) AS eventTimesNs, Events.Name AS eventNames,
  arrayMap(event -> ${cutMap('event')}, Events.Attributes) AS eventAttributes,
  Links.TraceId AS linkTraceIds, Links.SpanId AS linkSpanIds, arrayMap(link -> ${cutMap('link')}, Links.Attributes) AS linkAttributes`;

/** Where the trace lies: the table is sorted by time first. */
const ITS_TIME = `TraceId = {traceId:String}
  AND Timestamp >= fromUnixTimestamp64Nano({from:Int64} * 1000000000)
  AND Timestamp < fromUnixTimestamp64Nano({to:Int64} * 1000000000)`;

/** One trace with all its spans, or null when there is none under this id. @param traceId 32 hex digits, lower case */
export async function readTrace(engine: Engine, traceId: string): Promise<Trace | null> {
  const rows = await readRows<SpanRow>(engine, traceId, `${OUTLINE}, ${DETAILS}`);
  if (rows.length === 0) return null;
  const resources = resourcesOf(rows);
  const sinceStart = clockOf(rows[0]!.startNs);
  return {
    ...traceOf(traceId, rows, (row) => ({
      ...outlineOf(row, resources, sinceStart),
      ...detailsOf(row, sinceStart),
    })),
    resources: resourceMaps(resources),
  };
}

/** The same without what only one span at a time is looked at for. @param traceId 32 hex digits, lower case */
export async function readTraceOutline(engine: Engine, traceId: string): Promise<TraceOutline | null> {
  const rows = await readRows<OutlineRow>(engine, traceId, OUTLINE);
  if (rows.length === 0) return null;
  const resources = resourcesOf(rows);
  const sinceStart = clockOf(rows[0]!.startNs);
  return traceOf(traceId, rows, (row) => outlineOf(row, resources, sinceStart));
}

/**
 * All of the spans with this id, by their start: an id that was used twice is in more than one.
 * @param traceId 32 hex digits, lower case @param spanId as it was sent
 */
export async function readSpans(engine: Engine, traceId: string, spanId: string): Promise<SpanDetails> {
  const rows = await readRows<SpanRow & { originNs: string }>(
    engine,
    traceId,
    `${OUTLINE}, ${DETAILS}, (SELECT toString(toUnixTimestamp64Nano(min(Timestamp))) FROM otel_traces WHERE ${ITS_TIME}) AS originNs`,
    spanId,
  );
  const resources = resourcesOf(rows);
  return {
    spans: rows.map((row) => {
      const sinceStart = clockOf(row.originNs);
      return { ...outlineOf(row, resources, sinceStart), ...detailsOf(row, sinceStart) };
    }),
    resources: resourceMaps(resources),
  };
}

/** @param spanId '' for all of them */
async function readRows<Row extends OutlineRow>(
  engine: Engine,
  traceId: string,
  columns: string,
  spanId = '',
): Promise<Row[]> {
  const [times] = await engine.query<{ from: number; to: number }>(
    `SELECT toUnixTimestamp(min(Start)) AS from, toUnixTimestamp(max(End)) + 1 AS to
     FROM otel_traces_trace_id_ts WHERE TraceId = {traceId:String} HAVING count() > 0`,
    { traceId },
  );
  if (times === undefined) return [];
  return engine.query<Row>(
    `SELECT ${columns}
     FROM otel_traces
     WHERE ${ITS_TIME}${spanId === '' ? '' : ' AND SpanId = {spanId:String}'}
     ORDER BY Timestamp, SpanId LIMIT ${MAX_SPANS + 1}`,
    { traceId, from: times.from, to: times.to, spanId },
  );
}

type Resources = ReadonlyMap<string, { index: number; row: OutlineRow }>;
type SinceStart = (ns: string) => number;

function resourcesOf(rows: readonly OutlineRow[]): Resources {
  const resources = new Map<string, { index: number; row: OutlineRow }>();
  for (const row of rows.slice(0, MAX_SPANS))
    if (!resources.has(row.resourceId)) resources.set(row.resourceId, { index: resources.size, row });
  return resources;
}

const resourceMaps = (resources: Resources): Attributes[] =>
  [...resources.values()].map(({ row }) => (row as SpanRow).resource);

/** Milliseconds since the earliest span. */
function clockOf(earliestNs: string): SinceStart {
  const origin = BigInt(earliestNs);
  return (ns) => Number(BigInt(ns) - origin) / 1e6;
}

function traceOf<Row extends OutlineRow, S extends SpanOutline>(
  traceId: string,
  all: readonly Row[],
  spanOf: (row: Row) => S,
) {
  const spans = all.slice(0, MAX_SPANS).map(spanOf);
  return {
    traceId,
    start: Number(BigInt(all[0]!.startNs) / 1_000n) / 1_000,
    durationMs: spans.reduce((longest, span) => Math.max(longest, span.startMs + span.durationMs), 0),
    spans,
    truncated: all.length > MAX_SPANS,
  };
}

const outlineOf = (row: OutlineRow, resources: Resources, sinceStart: SinceStart): SpanOutline => ({
  spanId: row.spanId,
  parentSpanId: row.parentSpanId,
  service: row.service,
  name: row.name,
  kind: row.kind,
  status: row.status,
  statusMessage: row.statusMessage,
  startMs: sinceStart(row.startNs),
  durationMs: Number(row.durationNs) / 1e6,
  resource: resources.get(row.resourceId)!.index,
});

const detailsOf = (row: SpanRow, sinceStart: SinceStart): Omit<Span, keyof SpanOutline> => ({
  scope: row.scope,
  attributes: row.attributes,
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
});
