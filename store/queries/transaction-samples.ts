/** Traces of a promise's transactions, and their spans: what can only be told from a sample. */
import type { Slo } from '../../model/rule.ts';
import type { Sample, SampleSpan } from '../../model/slo/sample.ts';
import type { SampledTrace, SampleSize } from '../../model/transaction.ts';
import type { Engine } from '../engine.ts';
import { WEIGHT } from '../sampling.ts';
import { Texts } from '../signals/texts.ts';
import { countedFrom, spanAddends } from '../slo/matching.ts';
import { LONGEST_S, sequencesSql } from '../slo/sequence.ts';
import { type Asked, readMinutes } from './transactions.ts';

/** Samples come from this many minutes, the newest that have any. */
const MINUTES = 60;
const SIZE = 60;
const MOST_SPANS = 20_000;
/** Spans of a trace are looked for this far around what counts, seconds. */
const AROUND_S = 600;
const LONGEST_NAME = 120;

export interface Drawn {
  traces: SampledTrace[];
  size: SampleSize;
}

/**
 * Some transactions of the newest minutes that have any: drawn by a hash of their trace's id, so that the same are drawn
 * again; of the bad ones the failed before the slow and the slowest first when `worst`.
 */
export async function drawTraces(
  engine: Engine,
  asked: Asked,
  which: 'valid' | 'bad',
  { worst = false, size = SIZE }: { worst?: boolean; size?: number } = {},
): Promise<Drawn> {
  const times = await readMinutes(engine, asked, which, MINUTES);
  if (times.length === 0) return { traces: [], size: { traces: 0, of: 0, from: null, to: null } };
  const [from, to] = [Math.min(...times), Math.max(...times) + 60];
  const texts = new Texts();
  const rows = await engine.query<SampledTrace & { failed: number | boolean; of: number }>(
    `WITH {p:Array(String)} AS p
     SELECT TraceId AS traceId, SpanId AS spanId, Start / 1e6 AS at, (End - Start) / 1e6 AS durationMs, IsFailed AS failed,
       count() OVER () AS of
     FROM (${transactionsSql(asked.slo, texts)})
     WHERE Minute IN {minutes:Array(UInt32)} ${which === 'bad' ? 'AND IsBad' : ''}
     ORDER BY ${worst ? 'IsFailed DESC, End - Start DESC, TraceId' : 'cityHash64(TraceId)'} LIMIT {size:UInt32}`,
    { p: texts.list, minutes: times, from, to, size },
  );
  const traces = rows.map(({ of: _, ...row }) => ({ ...row, failed: Boolean(row.failed) }));
  const of = Number(rows[0]?.of ?? 0);
  return { traces, size: { traces: traces.length, of, from: from * 1_000, to: to * 1_000 } };
}

/** SQL: transactions in [from, to), with `Minute` (unix seconds), `Start` and `End` (unix nanoseconds). */
function transactionsSql(slo: Slo, texts: Texts): string {
  if (countedFrom(slo) === 'sequence')
    return `SELECT Id AS TraceId, '' AS SpanId, Start, End, toUnixTimestamp(Minute) AS Minute, IsBad, IsFailed
            FROM (${sequencesSql(slo.transaction!, texts)})`;
  const { valid, bad } = spanAddends(slo, texts);
  return `SELECT TraceId, SpanId, toUnixTimestamp64Nano(Timestamp) AS Start, Start + toInt64(Duration) AS End,
      toUnixTimestamp(toStartOfMinute(Timestamp)) AS Minute, ${bad} > 0 AS IsBad, StatusCode = 'Error' AS IsFailed
    FROM (SELECT *, ${WEIGHT} AS Weight FROM otel_traces)
    WHERE Timestamp >= toDateTime({from:UInt32}) AND Timestamp < toDateTime({to:UInt32}) AND (${valid} > 0 OR ${bad} > 0)`;
}

interface SpanRow extends Omit<SampleSpan, 'failed'> {
  traceId: string;
  failed: number | boolean;
}

/** The drawn transactions with their spans. */
export async function readSamples(engine: Engine, traces: readonly SampledTrace[]): Promise<Sample[]> {
  if (traces.length === 0) return [];
  const times = traces.map(({ at }) => Math.floor(at / 1_000));
  const ends = traces.map(({ at, durationMs }) => Math.ceil((at + durationMs) / 1_000));
  const rows = await engine.query<SpanRow>(
    `SELECT TraceId AS traceId, SpanId AS spanId, ParentSpanId AS parentSpanId, ServiceName AS service,
       ServiceVersion AS version, substringUTF8(SpanName, 1, ${LONGEST_NAME}) AS name,
       toUnixTimestamp64Nano(Timestamp) / 1e6 AS startMs, Duration / 1e6 AS durationMs, StatusCode = 'Error' AS failed,
       substringUTF8(arrayFirst(text -> text != '', [
         arrayFirst(text -> text != '', arrayMap(event -> event['exception.type'], Events.Attributes)),
         SpanAttributes['error.type'],
         if(SpanAttributes['http.response.status_code'] = '', '', concat('HTTP ', SpanAttributes['http.response.status_code'])),
         StatusMessage]), 1, ${LONGEST_NAME}) AS error
     FROM otel_traces
     WHERE TraceId IN {ids:Array(String)}
       AND Timestamp >= toDateTime({from:UInt32}) AND Timestamp < toDateTime({to:UInt32})
     LIMIT ${MOST_SPANS}`,
    {
      ids: [...new Set(traces.map(({ traceId }) => traceId))],
      from: Math.min(...times) - AROUND_S,
      to: Math.max(...ends) + AROUND_S + LONGEST_S,
    },
  );
  const spansOf = Map.groupBy(rows, ({ traceId }) => traceId);
  return traces.map(({ traceId, spanId, failed }) => ({
    rootSpanId: spanId,
    failed,
    spans: (spansOf.get(traceId) ?? []).map((row) => ({ ...row, failed: Boolean(row.failed) })),
  }));
}
