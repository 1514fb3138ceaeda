import { spanIdSql } from '../../bench/workload/ids.ts';
import type { Engine } from '../../store/engine.ts';

/** What the store has of one request. */
export interface StoredBatch {
  batch: number;
  /** Rows. */
  stored: number;
  /** Different span ids among them. */
  distinct: number;
}

/** Promises against the store, in spans. */
export interface Verdict {
  acked: number;
  /** Acknowledged and not there. */
  lost: number;
  /** Rows beyond the first with the same span id, acknowledged or not. */
  duplicated: number;
  /** Of unanswered requests, stored once each as they may be. */
  unanswered: number;
  /** Requests of which only a part is stored: a request is one unit. */
  torn: number;
}

/** Compares what was acknowledged with what is stored. @param acked numbers of the acknowledged requests */
export function judge(
  acked: ReadonlySet<number>,
  stored: readonly StoredBatch[],
  spansPerRequest: number,
): Verdict {
  const verdict = { acked: acked.size * spansPerRequest, lost: 0, duplicated: 0, unanswered: 0, torn: 0 };
  let found = 0;
  for (const { batch, stored: rows, distinct } of stored) {
    verdict.duplicated += rows - distinct;
    if (distinct !== spansPerRequest) verdict.torn += 1;
    if (acked.has(batch)) found += distinct;
    else verdict.unanswered += distinct;
  }
  return { ...verdict, lost: verdict.acked - found };
}

/**
 * Asks the store in one query what it has of each request; exact, also over millions of spans.
 * @param sent the highest number a request had: spans of others are none of ours
 */
export function storedBatches(engine: Engine, sent: number): Promise<StoredBatch[]> {
  return engine.query<StoredBatch>(
    `WITH ${spanIdSql('SpanId')}
     SELECT batch, count() AS stored, groupBitmap(index) AS distinct FROM otel_traces
     WHERE batch BETWEEN 1 AND {sent:UInt32} GROUP BY batch`,
    { sent },
    { maxSeconds: 120 },
  );
}

/** Spans in the base table and in the rollup that the same inserts wrote: they must agree. */
export async function countSpans(engine: Engine): Promise<{ spans: number; rollup: number }> {
  const [row] = await engine.query<{ spans: number; rollup: number }>(
    'SELECT (SELECT count() FROM otel_traces) AS spans, (SELECT sum(Spans) FROM span_red_1m) AS rollup',
    {},
    { maxSeconds: 60 },
  );
  return row!;
}
