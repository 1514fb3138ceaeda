import type { TimeRange } from '../../model/service.ts';
import type { TraceSummary, TracesView } from '../../model/trace.ts';
import type { Engine, Params } from '../engine.ts';
import { nanos } from './window.ts';

/** What a trace must have: one span that meets all of it. Durations in milliseconds. */
export interface TraceFilter {
  range: TimeRange;
  env: string;
  service?: string | undefined;
  operation?: string | undefined;
  onlyErrors?: boolean | undefined;
  minMs?: number | undefined;
  maxMs?: number | undefined;
  /** Attribute of the span or its resource, exactly equal. */
  attributes?: readonly { key: string; value: string }[];
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

/** Traces with a span that matches, most recent or slowest first. */
export async function searchTraces(engine: Engine, filter: TraceFilter): Promise<TracesView> {
  const { conditions, params } = conditionsOf(filter);
  const order = filter.sort === 'slowest' ? 'max(Duration)' : 'max(Timestamp)';
  const hits = await engine.query<Hit>(
    `SELECT TraceId AS traceId, toUnixTimestamp64Milli(min(Timestamp)) AS firstMs, toUnixTimestamp64Milli(max(Timestamp)) AS lastMs
     FROM otel_traces WHERE ${conditions.join(' AND ')}
     GROUP BY TraceId ORDER BY ${order} DESC, TraceId LIMIT {limit:UInt32}`,
    { ...params, limit: filter.limit + 1 },
  );
  const wanted = hits.slice(0, filter.limit);
  const summaries = new Map((await summarize(engine, wanted)).map((trace) => [trace.traceId, trace]));
  const traces = wanted.flatMap((hit) => summaries.get(hit.traceId) ?? []);
  return { traces, more: hits.length > filter.limit };
}

function conditionsOf(filter: TraceFilter): { conditions: string[]; params: Params } {
  const params: Record<string, string | number> = {
    from: nanos(filter.range.from),
    to: nanos(filter.range.to),
  };
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
  add('SpanName = {operation:String}', 'operation', filter.operation);
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
  if (filter.onlyErrors) conditions.push(`StatusCode = 'Error'`);
  filter.attributes?.forEach(({ key, value }, i) => {
    conditions.push(
      `((mapContains(SpanAttributes, {key${i}:String}) AND SpanAttributes[{key${i}:String}] = {value${i}:String})
        OR (mapContains(ResourceAttributes, {key${i}:String}) AND ResourceAttributes[{key${i}:String}] = {value${i}:String}))`,
    );
    params[`key${i}`] = key;
    params[`value${i}`] = value;
  });
  return { conditions, params };
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
