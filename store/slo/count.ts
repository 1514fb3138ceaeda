/** Counts what promises are about, by minute: what arrived since the last time, and the past of what is new. */
import type { Slo } from '../../model/rule.ts';
import { arrivalsSince, stretches } from '../arrivals.ts';
import type { Engine } from '../engine.ts';
import { WEIGHT } from '../sampling.ts';
import { Texts } from '../signals/texts.ts';
import { type Addends, countedFrom, keyOf, rollupAddends, spanAddends } from './matching.ts';
import { LONGEST_S, sequencesSql } from './sequence.ts';

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;
/** A span later than this changes no counts any more: by then its neighbours may be gone, and a count would only shrink. */
const LATEST_S = 7 * DAY_S;
/** How far back from its window's begin a new promise is counted: what it was a week ago is compared with. */
const BEFORE_S = 7 * DAY_S;
const CALENDAR_S = { week: 7 * DAY_S, month: 31 * DAY_S, quarter: 92 * DAY_S } as const;
const MINUTES_PER_QUERY = 60;
/** Of sequences, whose spans are gathered by trace: bounds the memory. */
const TRACE_MINUTES_PER_QUERY = 10;
const SLOS_PER_QUERY = 50;
const SETTINGS = 'SETTINGS max_execution_time = 60, log_queries = 0';

type Stretch = readonly [from: number, to: number];

/**
 * Brings the counts of all promises up to date. Every minute that got spans since the last time is counted again and
 * replaces what was counted before, so it is harmless to be interrupted or done twice. A promise whose definition was
 * not counted the last time is counted back over its window and a week.
 * @throws Problem as the engine's; nothing is lost by it, the next time begins where this one did
 */
export async function countSlos(engine: Engine, slos: readonly Slo[]): Promise<void> {
  const countable = slos.filter((slo) => countedFrom(slo) !== 'none');
  const done = await readCounted(engine);
  const last = done.get('') ?? 0;
  const { now, minutes } = await arrivalsSince(engine, last);
  // One that was away for a time and came back lacks that time.
  const isKnown = (slo: Slo) => last > 0 && done.get(keyOf(slo)) === last;
  const seconds = Math.floor(now / 1_000);
  const recent = minutes.filter((minute) => minute > seconds - LATEST_S);
  await countMinutes(engine, countable.filter(isKnown), recent, now);
  const added = countable.filter((slo) => !isKnown(slo));
  if (added.length > 0) {
    const since = Math.min(...added.map((slo) => seconds - lengthOf(slo) - BEFORE_S));
    await countPast(engine, added, Math.floor(since / HOUR_S) * HOUR_S, now);
  }
  if (recent.length === 0 && added.length === 0 && last > 0) return;
  const counted = [...countable, { name: '', definition: '' }];
  await engine.insertRows(
    'slo_counted',
    counted.map(({ name, definition }) => ({ Slo: name, Definition: definition, Version: now })),
  );
}

/** When each was counted last, unix ms; under '' the last time of all. */
async function readCounted(engine: Engine): Promise<Map<string, number>> {
  const rows = await engine.query<{ name: string; definition: string; version: number }>(
    'SELECT Slo AS name, Definition AS definition, max(Version) AS version FROM slo_counted GROUP BY name, definition',
  );
  return new Map(rows.map((row) => [row.name === '' ? '' : keyOf(row), Number(row.version)]));
}

function lengthOf({ window }: Slo): number {
  return 'rolling' in window ? Math.ceil(window.rolling / 1_000) : CALENDAR_S[window.calendar];
}

/** The newest hours first; only hours in which anything was served at all. */
async function countPast(
  engine: Engine,
  slos: readonly Slo[],
  since: number,
  version: number,
): Promise<void> {
  const hours = await engine.query<{ hour: number }>(
    `SELECT toUnixTimestamp(toStartOfHour(Minute)) AS hour FROM span_red_1m
     WHERE Minute >= toDateTime({since:UInt32}) GROUP BY hour ORDER BY hour DESC`,
    { since },
  );
  const minutesOf = (hour: number) => Array.from({ length: 59 }, (_, minute) => hour + minute * MINUTE_S);
  for (const { hour } of hours) await countMinutes(engine, slos, minutesOf(hour), version);
}

/** @param minutes unix seconds; the one after each is counted as well */
async function countMinutes(
  engine: Engine,
  slos: readonly Slo[],
  minutes: readonly number[],
  version: number,
): Promise<void> {
  const of = (from: ReturnType<typeof countedFrom>) => slos.filter((slo) => countedFrom(slo) === from);
  for (const stretch of stretches(minutes, MINUTES_PER_QUERY)) {
    for (const some of batches(of('rollup'))) await count(engine, some, ROLLUP, stretch, version);
    for (const some of batches(of('spans'))) await count(engine, some, SPANS, stretch, version);
  }
  const sequences = of('sequence');
  if (sequences.length === 0) return;
  const begun = minutes.flatMap((minute) => earlier(minute));
  for (const stretch of stretches(begun, TRACE_MINUTES_PER_QUERY))
    for (const slo of sequences) await countSequences(engine, slo, stretch, version);
}

/** Minutes in which a sequence with a span in this one may have begun. */
function earlier(minute: number): number[] {
  return Array.from({ length: LONGEST_S / MINUTE_S + 1 }, (_, ago) => minute - ago * MINUTE_S);
}

const batches = (slos: readonly Slo[]): Slo[][] =>
  Array.from({ length: Math.ceil(slos.length / SLOS_PER_QUERY) }, (_, i) =>
    slos.slice(i * SLOS_PER_QUERY, (i + 1) * SLOS_PER_QUERY),
  );

/** A table that promises are counted from, row by row. */
interface Rows {
  addends: (slo: Slo, texts: Texts) => Addends;
  minute: string;
  time: string;
  table: string;
  spans: string;
}

const ROLLUP: Rows = {
  addends: rollupAddends,
  minute: 'Minute',
  time: 'Minute',
  table: 'span_red_1m',
  spans: 'Spans',
};
const SPANS: Rows = {
  addends: spanAddends,
  minute: 'toStartOfMinute(Timestamp)',
  time: 'Timestamp',
  table: `(SELECT *, ${WEIGHT} AS Weight FROM otel_traces)`,
  spans: '1',
};

/** Many promises in one reading: each row becomes one for each promise it counts for. */
async function count(
  engine: Engine,
  slos: readonly Slo[],
  { addends, minute, time, table, spans }: Rows,
  [from, to]: Stretch,
  version: number,
): Promise<void> {
  const texts = new Texts();
  const hits = slos.map((slo, i) => {
    const { valid, bad } = addends(slo, texts);
    return `(${i + 1}, ${valid}, ${bad})`;
  });
  await engine.command(
    `INSERT INTO slo_1m (Slo, Definition, Minute, Valid, Bad, Spans, Version)
     WITH {p:Array(String)} AS p, {names:Array(String)} AS names, {definitions:Array(String)} AS definitions
     SELECT names[Hit.1], definitions[Hit.1], At, sum(Hit.2), sum(Hit.3), sum(Stored), {version:UInt64}
     FROM (
       SELECT ${minute} AS At, toUInt64(${spans}) AS Stored,
         arrayJoin(arrayFilter(hit -> hit.2 > 0 OR hit.3 > 0, [${hits.join(', ')}])) AS Hit
       FROM ${table}
       WHERE ${time} >= toDateTime({from:UInt32}) AND ${time} < toDateTime({to:UInt32})
     )
     GROUP BY Hit.1, At ${SETTINGS}`,
    { p: texts.list, ...keysOf(slos), from, to, version },
  );
}

const keysOf = (slos: readonly Slo[]) => ({
  names: slos.map(({ name }) => name),
  definitions: slos.map(({ definition }) => definition),
});

/** With a row for each minute, also an empty one: a span that comes late moves a sequence to an earlier minute. */
async function countSequences(engine: Engine, slo: Slo, [from, to]: Stretch, version: number): Promise<void> {
  const texts = new Texts();
  const sequences = sequencesSql(slo.transaction!, texts);
  await engine.command(
    `INSERT INTO slo_1m (Slo, Definition, Minute, Valid, Bad, Spans, Version)
     WITH {p:Array(String)} AS p
     SELECT {name:String}, {definition:String}, Minute, sum(Valid), sum(Bad), sum(Traces), {version:UInt64}
     FROM (
       SELECT Minute, Weight AS Valid, if(IsBad, Weight, 0.) AS Bad, 1 AS Traces FROM (${sequences})
       UNION ALL
       SELECT toDateTime({from:UInt32} + number * ${MINUTE_S}), 0., 0., 0 FROM numbers(intDiv({to:UInt32} - {from:UInt32}, ${MINUTE_S}))
     )
     GROUP BY Minute ${SETTINGS}`,
    { p: texts.list, name: slo.name, definition: slo.definition, from, to, version },
  );
}
