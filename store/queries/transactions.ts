/** What was counted of promises, for pages. */
import type { Slo } from '../../model/rule.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Counts } from '../../model/slo/budget.ts';
import type { Slot } from '../../model/transaction.ts';
import type { Engine, Params } from '../engine.ts';
import { keyOf } from '../slo/matching.ts';

const MINUTE_S = 60;
const DAY_S = 86_400;
const WEEK_S = 7 * DAY_S;
const SPARK_SLOTS = 40;
const DETAIL_SLOTS = 400;
/** A rate-limited shop at night; shorter is only little traffic. */
const SILENT_MINUTES = 15;
const MOST_SILENT = 50;
const MOST_BAD_MINUTES = 50_000;

/** A promise with the time it is about at this moment. */
export interface Asked {
  slo: Slo;
  /** Unix ms, whole minutes. */
  from: number;
  to: number;
  /** What of it does not count. */
  excluded: readonly TimeRange[];
}

export interface Counted {
  /** Days of the window, oldest first, counted back from its end: the first may be a part of one. */
  days: readonly Counts[];
  /** The same window as it stood a week ago. */
  before: Counts;
  /** Unix ms of the first and last minute with events; null without. */
  first: number | null;
  last: number | null;
  isSampled: boolean;
  /** From the first minute with events on, in equal slots. */
  spark: readonly Counts[];
}

interface DayRow {
  key: string;
  ago: number;
  valid: number;
  bad: number;
  validBefore: number;
  badBefore: number;
  first: number;
  last: number;
  spans: number;
}

/** Of many promises at once: those with the same window share their queries. By `keyOf`. */
export async function readCounted(engine: Engine, asked: readonly Asked[]): Promise<Map<string, Counted>> {
  const groups = Map.groupBy(asked, ({ slo, from, to, excluded }) =>
    JSON.stringify(['rolling' in slo.window, from, to, excluded]),
  );
  const read = await Promise.all([...groups.values()].map((group) => readGroup(engine, group)));
  return new Map(read.flat());
}

async function readGroup(engine: Engine, group: readonly Asked[]): Promise<[string, Counted][]> {
  const [{ slo, from, to }] = group as [Asked];
  const back = 'rolling' in slo.window ? WEEK_S : 0;
  const params = paramsOf(group);
  const [rows, sparks] = await Promise.all([
    engine.query<DayRow>(
      `SELECT concat(Slo, ' ', Definition) AS key, intDiv({to:UInt32} - ${MINUTE_S} - toUnixTimestamp(Minute), ${DAY_S}) AS ago,
         sumIf(Valid, Minute >= toDateTime({from:UInt32})) AS valid, sumIf(Bad, Minute >= toDateTime({from:UInt32})) AS bad,
         sumIf(Valid, Minute < toDateTime({to:UInt32} - ${WEEK_S})) AS validBefore,
         sumIf(Bad, Minute < toDateTime({to:UInt32} - ${WEEK_S})) AS badBefore,
         toUnixTimestamp(minIf(Minute, Minute >= toDateTime({from:UInt32}))) AS first, toUnixTimestamp(max(Minute)) AS last,
         sumIf(Spans, Minute >= toDateTime({from:UInt32})) AS spans
       FROM slo_1m FINAL WHERE ${within(back)} GROUP BY key, ago`,
      params,
    ),
    readSparks(engine, params),
  ]);
  const rowsOf = Map.groupBy(rows, ({ key }) => key);
  const sparksOf = Map.groupBy(sparks, ({ key }) => key);
  const days = Math.max(1, Math.ceil((to - from) / 1_000 / DAY_S));
  return group.map(({ slo: one }) => {
    const key = keyOf(one);
    return [key, countedOf(rowsOf.get(key) ?? [], sparksOf.get(key) ?? [], days)];
  });
}

function countedOf(
  rows: readonly DayRow[],
  sparks: readonly (Counts & { slot: number })[],
  length: number,
): Counted {
  const days: Counts[] = Array.from({ length }, () => ({ valid: 0, bad: 0 }));
  for (const { ago, valid, bad } of rows) if (ago < length) days[length - 1 - ago] = { valid, bad };
  const now = rows.filter(({ valid }) => valid > 0);
  const sum = (of: (row: DayRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const valid = sum((row) => row.valid);
  const slots = sparks.length === 0 ? 0 : SPARK_SLOTS;
  const spark: Counts[] = Array.from({ length: slots }, () => ({ valid: 0, bad: 0 }));
  for (const { slot, valid: v, bad } of sparks) spark[slot] = { valid: v, bad };
  return {
    days,
    before: { valid: sum((row) => row.validBefore), bad: sum((row) => row.badBefore) },
    first: now.length === 0 ? null : Math.min(...now.map(({ first }) => first)) * 1_000,
    last: now.length === 0 ? null : Math.max(...now.map(({ last }) => last)) * 1_000,
    isSampled: valid > sum((row) => Number(row.spans)) * 1.001,
    spark,
  };
}

function readSparks(engine: Engine, params: Params): Promise<(Counts & { key: string; slot: number })[]> {
  return engine.query(
    `SELECT key, intDiv((toUnixTimestamp(Minute) - first) * ${SPARK_SLOTS}, {to:UInt32} - first) AS slot,
       sum(Valid) AS valid, sum(Bad) AS bad
     FROM (
       SELECT concat(Slo, ' ', Definition) AS key, Minute, Valid, Bad, toUnixTimestamp(min(Minute) OVER (PARTITION BY Slo)) AS first
       FROM slo_1m FINAL WHERE ${within(0)}
     )
     GROUP BY key, slot ORDER BY slot`,
    params,
  );
}

/** One promise in slots of whole minutes, from the first with events to the end of the window. */
export async function readSlots(
  engine: Engine,
  asked: Asked,
  first: number,
): Promise<{ slots: Slot[]; slotMs: number }> {
  const minutes = Math.max(1, Math.ceil((asked.to - first) / 60_000));
  const step = Math.ceil(minutes / DETAIL_SLOTS) * MINUTE_S;
  const rows = await engine.query<{ slot: number; valid: number; bad: number }>(
    `SELECT intDiv(toUnixTimestamp(Minute) - {first:UInt32}, {step:UInt32}) AS slot, sum(Valid) AS valid, sum(Bad) AS bad
     FROM slo_1m FINAL WHERE ${within(0)} AND Minute >= toDateTime({first:UInt32}) GROUP BY slot`,
    { ...paramsOf([asked]), first: first / 1_000, step },
  );
  const slots = Array.from({ length: Math.ceil((minutes * MINUTE_S) / step) }, (_, slot) => ({
    at: first + slot * step * 1_000,
    valid: 0,
    bad: 0,
  }));
  for (const { slot, valid, bad } of rows) Object.assign(slots[slot] ?? {}, { valid, bad });
  return { slots, slotMs: step * 1_000 };
}

/** Every minute of the window with bad events, unix ms, newest first; so many at most. */
export async function readBadMinutes(
  engine: Engine,
  asked: Asked,
  most = MOST_BAD_MINUTES,
): Promise<{ at: number; bad: number }[]> {
  const rows = await engine.query<{ at: number; bad: number }>(
    `SELECT toUnixTimestamp(Minute) AS at, Bad AS bad FROM slo_1m FINAL
     WHERE ${within(0)} AND Bad > 0 ORDER BY Minute DESC LIMIT {most:UInt32}`,
    { ...paramsOf([asked]), most },
  );
  return rows.map(({ at, bad }) => ({ at: at * 1_000, bad }));
}

/** The newest minutes with events, or bad ones: where samples are drawn from. Unix seconds. */
export async function readMinutes(
  engine: Engine,
  asked: Asked,
  which: 'valid' | 'bad',
  most: number,
): Promise<number[]> {
  const rows = await engine.query<{ at: number }>(
    `SELECT toUnixTimestamp(Minute) AS at FROM slo_1m FINAL
     WHERE ${within(0)} AND ${which === 'bad' ? 'Bad' : 'Valid'} > 0 ORDER BY Minute DESC LIMIT {most:UInt32}`,
    { ...paramsOf([asked]), most },
  );
  return rows.map(({ at }) => at);
}

/** Times without events between the first and the last minute, the longest first. Unix ms. */
export async function readSilent(engine: Engine, asked: Asked): Promise<TimeRange[]> {
  const rows = await engine.query<TimeRange>(
    `SELECT before + ${MINUTE_S} AS from, at AS to FROM (
       SELECT toUnixTimestamp(Minute) AS at, lagInFrame(at, 1, at) OVER (ORDER BY Minute ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before
       FROM slo_1m FINAL WHERE ${within(0)}
     ) WHERE to - from >= ${SILENT_MINUTES * MINUTE_S} ORDER BY to - from DESC LIMIT ${MOST_SILENT}`,
    paramsOf([asked]),
  );
  return rows.map(({ from, to }) => ({ from: from * 1_000, to: to * 1_000 }));
}

/** Minutes with events that count, from `back` seconds before the window on. */
const within = (
  back: number,
): string => `Slo IN {names:Array(String)} AND has({keys:Array(String)}, concat(Slo, ' ', Definition))
       AND Minute >= toDateTime({from:UInt32} - ${back}) AND Minute < toDateTime({to:UInt32}) AND Valid > 0
       AND NOT arrayExists((begin, end) -> Minute >= toDateTime(begin) AND Minute < toDateTime(end), {begins:Array(UInt32)}, {ends:Array(UInt32)})`;

/** A minute that maintenance only touches does not count either. */
function paramsOf(group: readonly Asked[]): Params {
  const [{ from, to, excluded }] = group as [Asked];
  return {
    names: group.map(({ slo }) => slo.name),
    keys: group.map(({ slo }) => keyOf(slo)),
    from: from / 1_000,
    to: to / 1_000,
    begins: excluded.map((one) => Math.floor(one.from / 60_000) * 60),
    ends: excluded.map((one) => Math.ceil(one.to / 1_000)),
  };
}
