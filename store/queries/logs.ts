import {
  LEVEL_NUMBERS,
  LOG_LEVELS,
  type LogHistogram,
  type LogLevel,
  type LogRecord,
  type LogsView,
} from '../../model/log.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine, Params } from '../engine.ts';
import { type AttributeFilter, attributeConditions, cutMap, cutText } from './attributes.ts';
import { countedRange, minuteGrid, nanos, newestFirst } from './window.ts';

/** What a log record must have. */
export interface LogFilter {
  range: TimeRange;
  env: string;
  service?: string | undefined;
  /** This level or worse; `unset` for the records that give none. */
  level?: LogLevel | undefined;
  /** Words that the body has, all of them, in any case; "quoted words" as one. */
  text?: string | undefined;
  traceId?: string | undefined;
  spanId?: string | undefined;
  /** Attribute of the record or its resource, exactly equal. */
  attributes?: readonly AttributeFilter[];
}

/** How a page goes on: the moment of the last record before it, and how many of that moment were shown. */
export interface LogCursor {
  timeNs: string;
  shown: number;
}

const HISTOGRAM_SLOTS = 60;
/** More words than anybody types; each costs a pass over the bodies. */
const MAX_WORDS = 10;

/** One page of matching records, newest first. @param before `next` of the page before */
export async function searchLogs(
  engine: Engine,
  filter: LogFilter,
  limit: number,
  before?: LogCursor,
): Promise<LogsView> {
  const found: LogRecord[] = [];
  const { from, to } = filter.range;
  const end = before === undefined ? nanos(to) : String(BigInt(before.timeNs) + 1n);
  const slices = newestFirst({
    from,
    to: Math.max(from + 1, Math.min(to, Number(BigInt(end) / 1_000_000n) + 1)),
  });
  for (const [i, slice] of slices.entries()) {
    const skip = i === 0 ? (before?.shown ?? 0) : 0;
    const sliceEnd = i === 0 ? end : nanos(slice.to);
    found.push(
      ...(await readRecords(
        engine,
        filter,
        { from: nanos(slice.from), to: sliceEnd },
        limit + 1 - found.length,
        skip,
      )),
    );
    if (found.length > limit) break;
  }
  const records = found.slice(0, limit);
  return { records, next: found.length > limit ? cursorAfter(records, before) : null };
}

/** `<nanoseconds>-<shown>` as `next` has it; null when it is none. */
export function readCursor(text: string): LogCursor | null {
  const match = /^(\d{1,19})-(\d{1,9})$/.exec(text);
  return match === null || BigInt(match[1]!) > MAX_NANOS
    ? null
    : { timeNs: match[1]!, shown: Number(match[2]) };
}

/** The last moment `DateTime64(9)` knows. */
const MAX_NANOS = 9_223_286_400_000_000_000n;

function cursorAfter(records: readonly LogRecord[], before: LogCursor | undefined): string {
  const { timeNs } = records.at(-1)!;
  const here = records.filter((record) => record.timeNs === timeNs).length;
  return `${timeNs}-${here + (before?.timeNs === timeNs ? before.shown : 0)}`;
}

function readRecords(
  engine: Engine,
  filter: LogFilter,
  range: { from: string; to: string },
  limit: number,
  skip: number,
): Promise<LogRecord[]> {
  const { conditions, params } = conditionsOf(filter);
  return engine.query<LogRecord>(
    `SELECT toString(toUnixTimestamp64Nano(Timestamp)) AS timeNs, ServiceName AS service, Environment AS environment,
       SeverityNumber AS severity, SeverityText AS severityText, ${cutText('Body')} AS body, length(Body) AS bodyBytes,
       EventName AS eventName, TraceId AS traceId, SpanId AS spanId,
       trimRight(concat(ScopeName, ' ', ScopeVersion)) AS scope,
       ${cutMap('LogAttributes')} AS attributes, ${cutMap('ResourceAttributes')} AS resource
     FROM otel_logs
     WHERE ${[...WITHIN, ...conditions].join(' AND ')}
     ORDER BY Timestamp DESC, ServiceName, ObservedTimestamp, otel_logs.SpanId
     LIMIT {limit:UInt32} OFFSET {skip:UInt32}`,
    { ...params, from: range.from, to: range.to, limit, skip },
  );
}

const WITHIN = [
  'Timestamp >= fromUnixTimestamp64Nano({from:Int64})',
  'Timestamp < fromUnixTimestamp64Nano({to:Int64})',
  'TimestampTime >= toDateTime(fromUnixTimestamp64Nano({from:Int64}))',
  'TimestampTime <= toDateTime(fromUnixTimestamp64Nano({to:Int64}))',
];

/** How many records match over time, by level. Without text, trace or attributes the minute counts answer. */
export async function countLogs(engine: Engine, filter: LogFilter): Promise<LogHistogram> {
  const { start, end, step, slots } = minuteGrid(filter.range, HISTOGRAM_SLOTS);
  const { conditions, params } = conditionsOf(filter);
  const isRollup =
    !filter.text?.trim() && !filter.traceId && !filter.spanId && (filter.attributes ?? []).length === 0;
  const [time, table, total] = isRollup
    ? ['Minute', 'log_counts_1m', 'sum(Records)']
    : ['TimestampTime', 'otel_logs', 'count()'];
  const rows = await engine.query<{ slot: number; level: LogLevel; records: number }>(
    `SELECT intDiv(toUnixTimestamp(${time}) - {start:UInt32}, {step:UInt32}) AS slot, ${LEVEL_SQL} AS level, ${total} AS records
     FROM ${table}
     WHERE ${[`${time} >= toDateTime({start:UInt32})`, `${time} < toDateTime({end:UInt32})`, ...conditions].join(' AND ')}
     GROUP BY slot, level`,
    { ...params, start, end, step },
  );
  const counts = Object.fromEntries(
    LOG_LEVELS.map((level) => [level, new Array<number>(slots).fill(0)]),
  ) as Record<LogLevel, number[]>;
  for (const { slot, level, records } of rows) if (slot < slots) counts[level][slot]! += records;
  return { range: countedRange(filter.range), stepMs: step * 1_000, counts };
}

const LEVEL_SQL = `multiIf(${LOG_LEVELS.slice(0, -1)
  .map((level) => `SeverityNumber >= ${LEVEL_NUMBERS[level][0]}, '${level}'`)
  .join(', ')}, 'unset')`;

function conditionsOf(filter: LogFilter): { conditions: string[]; params: Params } {
  const having = attributeConditions(filter.attributes ?? [], ['LogAttributes', 'ResourceAttributes']);
  const params: Record<string, string | number> = { ...having.params };
  const conditions = [...having.conditions];
  const add = (condition: string, name: string, value: string | undefined) => {
    if (value === undefined || value === '') return;
    conditions.push(condition);
    params[name] = value;
  };
  add('Environment = {env:String}', 'env', filter.env);
  add('ServiceName = {service:String}', 'service', filter.service);
  add('TraceId = {traceId:String}', 'traceId', filter.traceId);
  add('SpanId = {spanId:String}', 'spanId', filter.spanId);
  if (filter.level === 'unset') conditions.push('SeverityNumber = 0');
  else if (filter.level !== undefined) conditions.push(`SeverityNumber >= ${LEVEL_NUMBERS[filter.level][0]}`);
  wordsOf(filter.text ?? '').forEach((word, i) => {
    conditions.push(`positionCaseInsensitiveUTF8(Body, {word${i}:String}) > 0`);
    params[`word${i}`] = word;
  });
  return { conditions, params };
}

/** `slow "no such user"` → `slow`, `no such user`; at most ten. */
export function wordsOf(text: string): string[] {
  const words = [...text.matchAll(/"([^"]+)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
  return [...new Set(words.filter((word) => word !== '"'))].slice(0, MAX_WORDS);
}
