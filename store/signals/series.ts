/**
 * Points by series instead of by labels. A number identifies a series, and its labels are asked for once: reading the
 * maps of attributes of every point again at each tick was three quarters of what a reading of gauges cost.
 */
import type { Engine, Params } from '../engine.ts';
import type { Read } from './reads.ts';
import type { Table } from './tables.ts';

/** How what was read of several series becomes one number; series without items are left out. */
export type Merge = 'sum' | 'min' | 'max' | 'last' | 'avg';

/** The same question as that of its `Query`, asked by series. */
export interface BySeries {
  /** Its rows have metric and series where those of the query have labels. */
  sql: string;
  /** Labels and conditions of the series that are named by the parameter `series`. */
  labelsSql: string;
  /** For each column of the query. */
  columns: readonly { column: number; condition: number; merge: Merge }[];
}

/** A row of any query for signals. */
export interface Row {
  /** Labels: the lifted ones, then those of `by`. */
  d: string[];
  /** Value and count for each column. */
  v: (number | null)[];
  n: number[];
  h?: number[][][];
  x?: string[];
}

interface SeriesLabels {
  /** Metric and series. */
  s: [string, string];
  d: string[];
  /** Whether each condition holds. */
  c: number[];
}

/** With more series it is asked by labels: then the engine's filter on them is worth its price. */
export const MOST_SERIES = 20_000;

/** How numbers of series are put together for a read of these tables; null where single values are needed. */
export function mergeOf({ measure }: Read, { form }: Table): Merge | null {
  if (form === 'increases') return measure === 'seen' ? 'max' : 'sum';
  if (form !== 'points') return null;
  switch (measure) {
    case 'min':
    case 'max':
    case 'last':
    case 'avg':
      return measure;
    case 'seen':
      return 'max';
    case 'sum':
    case 'count':
      return 'sum';
    default:
      return null;
  }
}

export interface SeriesReader {
  /** Null when there are too many series. @throws Problem as the engine's */
  rows(bySeries: BySeries, params: Params): Promise<Row[] | null>;
}

/**
 * Remembers the labels of the series of each question for as long as the question lives.
 * @param most series; questions have this limit already
 */
export function createSeriesReader(engine: Engine, most = MOST_SERIES): SeriesReader {
  const known = new WeakMap<BySeries, Map<string, SeriesLabels>>();
  const tooMany = new WeakSet<BySeries>();
  return {
    rows: async (bySeries, params) => {
      if (tooMany.has(bySeries)) return null;
      const found = await engine.query<Row>(bySeries.sql, params);
      if (found.length > most) {
        tooMany.add(bySeries);
        return null;
      }
      // Of an increase, also series are read that have only points before the window.
      const rows = found.filter(({ n }) => n.some((count) => count > 0));
      const labels = known.get(bySeries) ?? new Map<string, SeriesLabels>();
      known.set(bySeries, labels);
      const missing = rows.filter(({ d }) => !labels.has(keyOf(d)));
      if (missing.length > 0) {
        forgetOthers(labels, rows);
        const series = [...new Set(missing.map(({ d }) => BigInt(d[1]!)))];
        for (const one of await engine.query<SeriesLabels>(bySeries.labelsSql, { ...params, series }))
          labels.set(keyOf(one.s), one);
      }
      return mergeRows(bySeries, rows, labels);
    },
  };
}

const keyOf = ([metric, series]: readonly string[]): string => `${series}/${metric}`;

/** Series that end are forgotten when others come. */
function forgetOthers(labels: Map<string, SeriesLabels>, rows: readonly Row[]): void {
  const alive = new Set(rows.map(({ d }) => keyOf(d)));
  for (const key of labels.keys()) if (!alive.has(key)) labels.delete(key);
}

/** One row for each set of labels, as the query by labels gives it. */
function mergeRows(
  { columns }: BySeries,
  rows: readonly Row[],
  labels: ReadonlyMap<string, SeriesLabels>,
): Row[] {
  const groups = new Map<string, { d: string[]; cells: (Cell | undefined)[] }>();
  for (const row of rows) {
    const of = labels.get(keyOf(row.d));
    if (of === undefined) continue;
    const key = of.d.join('\uffff');
    const group = groups.get(key) ?? { d: of.d, cells: [] };
    groups.set(key, group);
    for (const [i, { column, condition, merge }] of columns.entries()) {
      if (row.n[column]! <= 0 || (condition >= 0 && !of.c[condition])) continue;
      const cell = { v: row.v[column]!, n: row.n[column]!, x: row.x?.[column] ?? '', series: row.d[1]! };
      const before = group.cells[i];
      group.cells[i] = before === undefined ? cell : MERGES[merge](before, cell);
    }
  }
  return [...groups.values()].map(({ d, cells }) => ({
    d,
    v: columns.map(({ merge }, i) => numberOf(merge, cells[i])),
    n: columns.map((_, i) => cells[i]?.n ?? 0),
  }));
}

interface Cell {
  v: number | null;
  n: number;
  /** Of `last`: when, Unix nanoseconds. */
  x: string;
  series: string;
}

const MERGES: Record<Merge, (a: Cell, b: Cell) => Cell> = {
  sum: (a, b) => added(a, b, (a.v ?? Number.NaN) + (b.v ?? Number.NaN)),
  avg: (a, b) => added(a, b, (a.v ?? Number.NaN) + (b.v ?? Number.NaN)),
  min: (a, b) => added(a, b, Math.min(a.v!, b.v!)),
  max: (a, b) => added(a, b, Math.max(a.v!, b.v!)),
  last: (a, b) => ({ ...(isAfter(a, b) ? a : b), n: a.n + b.n }),
};

const added = (a: Cell, b: Cell, v: number): Cell => ({ ...a, v, n: a.n + b.n });

/** By time, then by series, as the engine's `argMax` by labels does it. */
function isAfter(a: Cell, b: Cell): boolean {
  const time = compareDigits(a.x, b.x);
  return (time === 0 ? compareDigits(a.series, b.series) : time) > 0;
}

/** Whole numbers in digits that a double cannot hold. */
const compareDigits = (a: string, b: string): number =>
  a.length === b.length ? (a < b ? -1 : a === b ? 0 : 1) : a.length - b.length;

function numberOf(merge: Merge, cell: Cell | undefined): number | null {
  if (cell === undefined || cell.v === null) return null;
  return merge === 'avg' ? cell.v / cell.n : cell.v;
}
