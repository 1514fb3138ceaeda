import { OWN_SERVICE, type TimeRange } from '../../model/service.ts';
import type { TraceSummary, TracesView } from '../../model/trace.ts';
import type { Engine, Params } from '../engine.ts';
import { type AttributeFilter, attributeConditions } from './attributes.ts';
import { nanos, newestFirst } from './window.ts';

/** What a trace must have: one span that meets all of it. Durations in milliseconds. */
export interface TraceFilter {
  range: TimeRange;
  env: string;
  service?: string | undefined;
  operation?: string | undefined;
  onlyErrors?: boolean | undefined;
  /** Only spans that serve, consume or begin: those that a service's numbers count. */
  onlyEntries?: boolean | undefined;
  minMs?: number | undefined;
  maxMs?: number | undefined;
  /** Attribute of the span or its resource, exactly equal. */
  attributes?: readonly AttributeFilter[];
  sort: 'recent' | 'slowest';
  limit: number;
}

interface Hit {
  traceId: string;
  firstMs: number;
  lastMs: number;
}

/** A trace's spans are looked for this far around the span that matched. */
const NEIGHBOURHOOD_MS = 3_600_000;

/** Traces with a span that matches, most recent or slowest first; the product's own only when its service is asked for. */
export async function searchTraces(engine: Engine, filter: TraceFilter): Promise<TracesView> {
  const conditions = conditionsOf(filter);
  const hits = new Map<string, Hit>();
  const slices = filter.sort === 'recent' ? newestFirst(filter.range) : [filter.range];
  for (const slice of slices) {
    // A trace that goes on into an older slice is met again there; its newest span has placed it already.
    for (const hit of await readHits(engine, filter, conditions, slice)) {
      const known = hits.get(hit.traceId);
      hits.set(hit.traceId, known ? { ...known, firstMs: hit.firstMs } : hit);
    }
    if (hits.size > filter.limit) break;
  }
  const wanted = [...hits.values()].slice(0, filter.limit);
  const summaries = new Map((await summarize(engine, wanted)).map((trace) => [trace.traceId, trace]));
  const traces = wanted.flatMap((hit) => summaries.get(hit.traceId) ?? []);
  return { traces, more: hits.size > filter.limit };
}

function readHits(
  engine: Engine,
  { sort, limit }: TraceFilter,
  { conditions, params }: ReturnType<typeof conditionsOf>,
  slice: TimeRange,
): Promise<Hit[]> {
  const order = sort === 'slowest' ? 'max(Duration)' : 'max(Timestamp)';
  return engine.query<Hit>(
    `SELECT TraceId AS traceId, toUnixTimestamp64Milli(min(Timestamp)) AS firstMs, toUnixTimestamp64Milli(max(Timestamp)) AS lastMs
     FROM otel_traces WHERE ${conditions.join(' AND ')}
     GROUP BY TraceId ORDER BY ${order} DESC, TraceId LIMIT {limit:UInt32}`,
    { ...params, from: nanos(slice.from), to: nanos(slice.to), limit: limit + 1 },
  );
}

/** A filter as SQL; `from` and `to` are to be bound besides. */
export function conditionsOf(filter: TraceFilter): { conditions: string[]; params: Params } {
  const params: Record<string, string | number> = {};
  const conditions = [
    'Timestamp >= fromUnixTimestamp64Nano({from:Int64})',
    'Timestamp < fromUnixTimestamp64Nano({to:Int64})',
  ];
  const add = (condition: string, name: string, value: string | number | undefined) => {
    if (value === undefined || value === '') return;
    conditions.push(condition);
    params[name] = value;
  };
  add('Environment = {env:String}', 'env', filter.env);
  add('ServiceName = {service:String}', 'service', filter.service);
  // The requests of the pages somebody looks at would crowd out what they look for.
  if (!filter.service) add('ServiceName != {own:String}', 'own', OWN_SERVICE);
  add('SpanName = {operation:String}', 'operation', filter.operation);
  if (filter.service) conditions.push(minutesOf(filter.operation));
  add(
    'Duration >= {minNs:UInt64}',
    'minNs',
    filter.minMs === undefined ? undefined : Math.round(filter.minMs * 1e6),
  );
  add(
    'Duration <= {maxNs:UInt64}',
    'maxNs',
    filter.maxMs === undefined ? undefined : Math.round(filter.maxMs * 1e6),
  );
  if (filter.onlyEntries) conditions.push(`(SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '')`);
  if (filter.onlyErrors) conditions.push(`StatusCode = 'Error'`);
  const having = attributeConditions(filter.attributes ?? [], ['SpanAttributes', 'ResourceAttributes']);
  return { conditions: [...conditions, ...having.conditions], params: { ...params, ...having.params } };
}

/** The rollup knows in which minutes a service sent at all: one that rarely does is not looked for in all others. */
function minutesOf(operation: string | undefined): string {
  return `toStartOfMinute(Timestamp) IN (
    SELECT Minute FROM span_red_1m
    WHERE ServiceName = {service:String} ${operation ? 'AND SpanName = {operation:String}' : ''}
      AND Minute >= toStartOfMinute(fromUnixTimestamp64Nano({from:Int64})) AND Minute < fromUnixTimestamp64Nano({to:Int64})
    GROUP BY Minute)`;
}

async function summarize(engine: Engine, hits: readonly Hit[]): Promise<TraceSummary[]> {
  if (hits.length === 0) return [];
  const rows = await engine.query<TraceSummary & { hasRoot: number | boolean }>(
    `SELECT TraceId AS traceId,
       argMin(ServiceName, (ParentSpanId != '', Timestamp)) AS service,
       argMin(SpanName, (ParentSpanId != '', Timestamp)) AS operation,
       countIf(ParentSpanId = '') > 0 AS hasRoot,
       toUnixTimestamp64Nano(min(Timestamp)) / 1e6 AS start,
       (max(toFloat64(toUnixTimestamp64Nano(Timestamp)) + Duration) - toUnixTimestamp64Nano(min(Timestamp))) / 1e6 AS durationMs,
       count() AS spans,
       countIf(StatusCode = 'Error') AS errors,
       groupUniqArray(50)(ServiceName) AS services
     FROM otel_traces
     WHERE TraceId IN {ids:Array(String)}
       AND Timestamp >= fromUnixTimestamp64Nano({from:Int64}) AND Timestamp < fromUnixTimestamp64Nano({to:Int64})
     GROUP BY TraceId`,
    {
      ids: hits.map((hit) => hit.traceId),
      from: nanos(Math.min(...hits.map((hit) => hit.firstMs)) - NEIGHBOURHOOD_MS),
      to: nanos(Math.max(...hits.map((hit) => hit.lastMs)) + NEIGHBOURHOOD_MS),
    },
  );
  return rows.map((row) => ({
    ...row,
    hasRoot: Boolean(row.hasRoot),
    services: [row.service, ...row.services.filter((name) => name !== row.service).sort()],
  }));
}
