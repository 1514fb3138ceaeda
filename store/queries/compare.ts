import type { Comparison, Difference } from '../../model/latency.ts';
import type { Engine } from '../engine.ts';
import { conditionsOf, type TraceFilter } from './traces.ts';
import { nanos } from './window.ts';

/** Spans of a group that are looked at: shares are then exact to about 1.4 % (95 %). */
const SPANS = 5_000;
const MAX_PAIRS = 20_000;
const MAX_VALUE = 200;
const MAX_DIFFERENCES = 60;
/** A share that differs by less is chance; so is a value of fewer spans. */
const LEAST_DIFFERENCE = 0.05;
const LEAST_SPANS = 3;

interface Pair {
  key: string;
  value: string;
  spans: number;
}

/** What sets the spans of `a` apart from those of `b`: attributes, resource, service, operation, status, release. */
export async function compareGroups(engine: Engine, a: TraceFilter, b: TraceFilter): Promise<Comparison> {
  const [groupA, groupB] = await Promise.all([readGroup(engine, a), readGroup(engine, b)]);
  return { spansA: groupA.spans, spansB: groupB.spans, differences: differences(groupA, groupB) };
}

interface Group {
  spans: number;
  pairs: Pair[];
}

async function readGroup(engine: Engine, filter: TraceFilter): Promise<Group> {
  const { conditions, params } = conditionsOf(filter);
  const bound = { ...params, from: nanos(filter.range.from), to: nanos(filter.range.to) };
  const rows = await engine.query<Pair & { total: number }>(
    `WITH drawn AS (
       SELECT ServiceName, SpanName, SpanKind, StatusCode, ServiceVersion, SpanAttributes, ResourceAttributes
       FROM otel_traces WHERE ${conditions.join(' AND ')} ORDER BY cityHash64(SpanId) LIMIT ${SPANS})
     SELECT pair.1 AS key, substringUTF8(pair.2, 1, ${MAX_VALUE}) AS value, count() AS spans, (SELECT count() FROM drawn) AS total
     FROM drawn ARRAY JOIN arrayConcat(
       [('service', toString(ServiceName)), ('operation', toString(SpanName)), ('kind', toString(SpanKind)), ('status', toString(StatusCode)), ('release', toString(ServiceVersion))],
       arrayMap((k, v) -> (toString(k), toString(v)), mapKeys(SpanAttributes), mapValues(SpanAttributes)),
       arrayMap((k, v) -> (toString(k), toString(v)), mapKeys(ResourceAttributes), mapValues(ResourceAttributes))) AS pair
     WHERE pair.2 != ''
     GROUP BY key, value HAVING spans >= ${LEAST_SPANS} OR key = 'kind' ORDER BY spans DESC LIMIT ${MAX_PAIRS}`,
    bound,
  );
  // Every span has a kind: a group that is there has a row, also when nothing in it is frequent.
  return { spans: Number(rows[0]?.total ?? 0), pairs: rows };
}

/** The values whose shares differ most. Exported for its test. */
export function differences(a: Group, b: Group): Difference[] {
  const shares = new Map<string, Difference>();
  const add = (group: Group, side: 'shareA' | 'shareB') => {
    for (const { key, value, spans } of group.pairs) {
      const id = `${key}\n${value}`;
      const known = shares.get(id) ?? { key, value, shareA: 0, shareB: 0 };
      known[side] = spans / group.spans;
      shares.set(id, known);
    }
  };
  add(a, 'shareA');
  add(b, 'shareB');
  const size = ({ shareA, shareB }: Difference) => Math.abs(shareA - shareB);
  return [...shares.values()]
    .filter((each) => size(each) >= LEAST_DIFFERENCE)
    .sort((x, y) => size(y) - size(x) || (x.key < y.key ? -1 : 1))
    .slice(0, MAX_DIFFERENCES);
}
