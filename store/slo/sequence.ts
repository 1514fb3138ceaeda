/** Sequences: several spans of one trace, in the order in which they begin. */
import type { Transaction } from '../../model/rule.ts';
import { WEIGHT } from '../sampling.ts';
import type { Texts } from '../signals/texts.ts';
import { conditionSql, nanoseconds } from './matching.ts';

/** How much later than its first span the last one may begin; seconds. */
export const LONGEST_S = 600;

/**
 * SQL: one row for each sequence that began in [from, to): `Id`, `Minute`, `Start` and `End` (unix nanoseconds), `Weight`,
 * `IsBad`, `IsFailed`. A step that fails and is repeated counts as its last attempt; a sequence that ends with a failed step counts
 * as well, or a promise would be broken unseen. Parameters: `p`, `from`, `to` (unix seconds).
 */
export function sequencesSql(transaction: Transaction, texts: Texts): string {
  const steps = transaction.steps.map((step) => `(${conditionSql(step, true, texts)})`);
  const reasons = [
    `Walk.1 < ${steps.length}`,
    ...(transaction.withoutError ? ['Walk.4 = 1', 'Walk.5 = 1'] : []),
    ...(transaction.fasterThan === null ? [] : [`Walk.3 - Walk.2 >= ${nanoseconds(transaction.fasterThan)}`]),
  ];
  const failedEnd = transaction.withoutError ? ' OR Walk.5 = 1' : '';
  return `
  SELECT
    TraceId AS Id, Walk.2 AS Start, Walk.3 AS End, toStartOfMinute(toDateTime(intDiv(Walk.2, 1000000000))) AS Minute,
    Weight, ${reasons.join(' OR ')} AS IsBad, Walk.4 = 1 OR Walk.5 = 1 AS IsFailed
  FROM (
    SELECT TraceId, max(Weight) AS Weight, arrayFold(${STEP}, arraySort(groupArray((Start, End, Steps, Failed))), ${BEGIN}) AS Walk
    FROM (
      SELECT TraceId, toUnixTimestamp64Nano(Timestamp) AS Start, Start + toInt64(Duration) AS End,
        [${steps.join(', ')}] AS Steps, StatusCode = 'Error' AS Failed, ${WEIGHT} AS Weight
      FROM otel_traces
      WHERE Timestamp >= toDateTime({from:UInt32} - ${LONGEST_S}) AND Timestamp < toDateTime({to:UInt32} + ${LONGEST_S})
        AND (${steps.join(' OR ')})
    )
    GROUP BY TraceId
  )
  WHERE (Walk.1 = ${steps.length}${failedEnd})
    AND Walk.2 >= {from:Int64} * 1000000000 AND Walk.2 < {to:Int64} * 1000000000`;
}

/** Steps reached, begin of the first span, the latest end, whether a step before failed, whether the one reached did. */
const WALK = 'Tuple(UInt8, Int64, Int64, UInt8, UInt8)';
const BEGIN = `CAST((0, 0, 0, 0, 0), '${WALK}')`;
const STEP = `(walk, span) -> multiIf(
      span.3[walk.1 + 1],
      CAST((walk.1 + 1, if(walk.1 = 0, span.1, walk.2), greatest(walk.3, span.2), walk.4 OR walk.5, span.4), '${WALK}'),
      walk.1 > 0 AND walk.5 = 1 AND span.3[greatest(walk.1, 1)],
      CAST((walk.1, walk.2, greatest(walk.3, span.2), walk.4, span.4), '${WALK}'),
      walk)`;
