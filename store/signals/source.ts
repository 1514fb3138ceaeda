/** Signals out of the store: planned into few queries, one that fails put aside alone. */
import type { Clock } from '../../base/clock.ts';
import { messageOf, Problem } from '../../base/errors.ts';
import type { Reading, SignalSource, SignalSpec } from '../../model/signal.ts';
import type { Engine } from '../engine.ts';
import { finish } from './columns.ts';
import { combine, type Series } from './combine.ts';
import { createKinds } from './kinds.ts';
import { MAX_ROWS, type Placed, place, planOne, planQueries, type Query, SEPARATOR } from './plan.ts';
import { type ProbeReader, readProbes } from './probes.ts';
import { Quarantine } from './quarantine.ts';
import { type Read, readKey, readsOf } from './reads.ts';
import { createSeriesReader, type Row } from './series.ts';
import { type MetricKind, tableOf } from './tables.ts';

/** Two at a time: the embedded engine has a few readers, and pages want one too. */
const AT_ONCE = 2;
/** Queries that one reading may spend on finding out which signals fail. */
const MAX_BISECTIONS = 64;
/** What fails because of the whole engine, not of a query. */
const OF_THE_STORE = new Set(['store_down']);

/** What a plan costs: the queries and whose signals they read. */
export interface PlannedQuery {
  sql: string;
  params: Query['params'];
  /** Tables with the reason when it is not a rollup. */
  table: string;
  /** Names of the signals, as given. */
  signals: string[];
  columns: number;
}

export interface StoreSignals extends SignalSource {
  /** The queries that `read` would ask at `t`. @throws Problem as the engine's */
  plan(signals: ReadonlyMap<string, SignalSpec>): Promise<PlannedQuery[]>;
  /** Signals that are put aside, with the reason. */
  quarantined(): { reason: string; until: number }[];
}

interface Plan {
  queries: Query[];
  /** Reads of each signal, or why it cannot be read. */
  signals: Map<string, { spec: SignalSpec; keys: string[] } | { error: string }>;
  aside: Placed[];
  revision: string;
}

/**
 * The store as a source of signals. @throws Problem from `read` only when the store itself does not answer
 * @param clock for the pauses of what was put aside; nothing of it enters a reading
 */
export function createSignalSource(engine: Engine, clock: Clock): StoreSignals {
  const kinds = createKinds(engine);
  const bySeries = createSeriesReader(engine);
  const quarantine = new Quarantine(clock);
  const plans = new WeakMap<ReadonlyMap<string, SignalSpec>, Plan>();
  const kept = new Map<string, { at: number; series: Map<string, Series[]> }>();

  const planFor = async (signals: ReadonlyMap<string, SignalSpec>): Promise<Plan> => {
    await kinds.learn(metricsOf(signals));
    const revision = `${kinds.revision()}.${quarantine.revision}`;
    const known = plans.get(signals);
    if (known?.revision === revision) return known;
    const plan = { ...makePlan(signals, kinds.of, quarantine), revision };
    plans.set(signals, plan);
    return plan;
  };

  const ask = async (query: Query, t: number): Promise<Map<string, Series[]>> => {
    const at = query.at(t);
    const before = query.isKept ? kept.get(query.sql + JSON.stringify(query.params)) : undefined;
    if (before?.at === at) return before.series;
    const params = { ...query.params, t: Math.floor(at / 1_000) };
    const rows =
      (query.bySeries && (await bySeries.rows(query.bySeries, params))) ??
      (await engine.query<Row>(query.sql, params));
    if (rows.length > MAX_ROWS)
      throw new Problem(
        'too_many_series',
        `it gives more than ${MAX_ROWS} series: use fewer labels in "by", or narrow "where"`,
      );
    const series = seriesOf(query, rows);
    if (query.isKept) kept.set(query.sql + JSON.stringify(query.params), { at, series });
    return series;
  };

  return {
    plan: async (signals) => describe(await planFor(signals)),
    quarantined: () => quarantine.list(),
    read: async (signals, t) => {
      const plan = await planFor(signals);
      const results = new Map<string, Series[] | { error: string }>();
      const budget = { left: MAX_BISECTIONS };
      const work = [
        ...plan.queries,
        ...plan.aside.filter(({ key }) => quarantine.isDue(key)).map((placed) => planOne(placed)),
      ];
      await inParallel(work, (query) => runQuery(query, t, ask, quarantine, results, budget));
      const probes = await readProbes(probesOf(signals), t, engine);
      return readingsOf(signals, plan, results, quarantine, probes, t);
    },
  };
}

function makePlan(
  signals: ReadonlyMap<string, SignalSpec>,
  kindOf: (metric: string) => MetricKind,
  quarantine: Quarantine,
): Omit<Plan, 'revision'> {
  const placed = new Map<string, Placed | null>();
  const errors = new Map<string, string>();
  const of: Plan['signals'] = new Map();
  for (const [name, spec] of signals) {
    const keys: string[] = [];
    let error: string | undefined;
    for (const read of readsOf(spec)) {
      const key = readKey(read);
      keys.push(key);
      if (!placed.has(key) && !errors.has(key)) placeRead(key, read, kindOf, placed, errors);
      error ??= errors.get(key);
    }
    of.set(name, error === undefined ? { spec, keys } : { error });
  }
  const all = [...placed.values()].filter((one) => one !== null);
  return {
    signals: of,
    queries: planQueries(all.filter(({ key }) => !quarantine.has(key))),
    aside: all.filter(({ key }) => quarantine.has(key)),
  };
}

function placeRead(
  key: string,
  read: Read,
  kindOf: (metric: string) => MetricKind,
  placed: Map<string, Placed | null>,
  errors: Map<string, string>,
): void {
  try {
    const table = tableOf(read, kindOf);
    placed.set(key, table === null ? null : place(read, table));
  } catch (thrown) {
    errors.set(key, messageOf(thrown));
  }
}

type Results = Map<string, Series[] | { error: string }>;

/** Asks; a query that fails is asked again in halves until what fails stands alone. @throws Problem of the whole store */
async function runQuery(
  query: Query,
  t: number,
  ask: (query: Query, t: number) => Promise<Map<string, Series[]>>,
  quarantine: Quarantine,
  results: Results,
  budget: { left: number },
): Promise<void> {
  try {
    const series = await ask(query, t);
    for (const { key } of query.members) {
      results.set(key, series.get(key) ?? []);
      quarantine.release(key);
    }
  } catch (thrown) {
    if (thrown instanceof Problem && OF_THE_STORE.has(thrown.code)) throw thrown;
    const error = messageOf(thrown).slice(0, 500);
    const { members } = query;
    budget.left -= 2;
    if (members.length > 1 && budget.left >= 0) {
      const middle = Math.ceil(members.length / 2);
      for (const half of [members.slice(0, middle), members.slice(middle)])
        for (const part of planQueries(half)) await runQuery(part, t, ask, quarantine, results, budget);
      return;
    }
    for (const { key } of members) {
      results.set(key, { error });
      if (members.length === 1) quarantine.add(key, error);
    }
  }
}

/** The series of each read of a query, out of its rows. */
function seriesOf(query: Query, rows: readonly Row[]): Map<string, Series[]> {
  const byLifted = new Map<string, Row[]>();
  for (const row of rows) {
    const key = query.liftedCount === 0 ? '' : row.d.slice(0, query.liftedCount).join(SEPARATOR);
    const known = byLifted.get(key);
    if (known) known.push(row);
    else byLifted.set(key, [row]);
  }
  const series = new Map<string, Series[]>();
  for (const { key, read, table, column, lifted } of query.members) {
    const found: Series[] = [];
    for (const row of byLifted.get(lifted) ?? []) {
      const count = row.n[column]!;
      if (count <= 0) continue;
      const histogram = row.h?.[column];
      const cell = { value: row.v[column]!, ...(histogram ? { histogram } : {}) };
      const text = row.x?.[column];
      found.push({
        labels: labelsOf(row, query),
        value: finish(read, table, cell),
        count,
        ...(text === undefined ? {} : { text }),
      });
    }
    series.set(key, found);
  }
  return series;
}

function labelsOf(row: Row, { by, liftedCount }: Query): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [i, label] of by.entries()) {
    const value = row.d[liftedCount + i]!;
    if (value !== '') labels[label] = value;
  }
  return labels;
}

function readingsOf(
  signals: ReadonlyMap<string, SignalSpec>,
  plan: Plan,
  results: Results,
  quarantine: Quarantine,
  probes: ProbeReader,
  t: number,
): Map<string, Reading> {
  const readings = new Map<string, Reading>();
  for (const [name, spec] of signals) {
    if (spec.kind === 'probe') {
      readings.set(name, probes(spec));
      continue;
    }
    const planned = plan.signals.get(name)!;
    readings.set(
      name,
      'error' in planned ? { ok: false, error: planned.error } : readingOf(planned, results, quarantine, t),
    );
  }
  return readings;
}

function readingOf(
  { spec, keys }: { spec: SignalSpec; keys: string[] },
  results: Results,
  quarantine: Quarantine,
  t: number,
): Reading {
  const series: Series[][] = [];
  for (const key of keys) {
    const result = results.get(key);
    if (Array.isArray(result)) series.push(result);
    else {
      const error = result?.error ?? quarantine.reason(key);
      if (error !== undefined) return { ok: false, error };
      series.push([]);
    }
  }
  return { ok: true, samples: combine(spec, series, t) };
}

function describe({ queries, signals, aside }: Plan): PlannedQuery[] {
  const namesOf = new Map<string, string[]>();
  for (const [name, planned] of signals)
    if ('keys' in planned)
      for (const key of planned.keys) namesOf.set(key, [...(namesOf.get(key) ?? []), name]);
  return [...queries, ...aside.map(planOne)].map((query) => ({
    sql: query.bySeries?.sql ?? query.sql,
    params: query.params,
    table: query.members[0]!.table.name,
    signals: [...new Set(query.members.flatMap(({ key }) => namesOf.get(key) ?? []))],
    columns: new Set(query.members.map(({ column }) => column)).size,
  }));
}

const metricsOf = (signals: ReadonlyMap<string, SignalSpec>): string[] =>
  [...signals.values()].flatMap((spec) =>
    readsOf(spec).flatMap(({ metric }) => (metric === '' ? [] : [metric])),
  );

const probesOf = (signals: ReadonlyMap<string, SignalSpec>) =>
  [...signals.values()].filter((spec) => spec.kind === 'probe');

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const lane = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
