/**
 * Many reads, few queries. Reads that differ only in the value of an equality (service A, service B) share one query
 * that groups by that label; those that differ in windows, measures and other conditions share it as columns with `-If`.
 * Ten thousand rules over a few sources become a handful of queries.
 */
import type { Params } from '../engine.ts';
import { type Column, columnOf, seriesColumn } from './columns.ts';
import { labelSql, labelValue, matcherSql, OUTCOMES } from './labels.ts';
import { increaseFilter, rowsSql } from './points.ts';
import { type Read, readKey } from './reads.ts';
import { type BySeries, type Merge, MOST_SERIES, mergeOf } from './series.ts';
import type { Table } from './tables.ts';
import { Texts } from './texts.ts';

/** ClickHouse takes 262,144 bytes and 50,000 elements of a query; these stay well below. */
const MAX_COLUMNS = 96;
const MAX_TEXT_BYTES = 64_000;
/** More values than this in a list cost more than reading the rows they leave out. */
const MAX_LISTED = 1_000;
/** More series than this are refused: it is a label without a bound. */
export const MAX_ROWS = 100_000;

/** A read with its table. */
export interface Placed {
  key: string;
  read: Read;
  table: Table;
}

export interface Member extends Placed {
  /** Place of its pair of columns. */
  column: number;
  /** Values of the query's lifted labels, joined. */
  lifted: string;
}

/** One query for many reads. */
export interface Query {
  sql: string;
  params: Params;
  /** The cheaper way to the same answer, where there is one. */
  bySeries: BySeries | null;
  /** Unix milliseconds it is asked for when rules are evaluated at t. */
  at: (t: number) => number;
  /** Its answer is kept until `at` changes. */
  isKept: boolean;
  /** How many of a row's labels are lifted; those of `by` follow. */
  liftedCount: number;
  by: readonly string[];
  members: readonly Member[];
}

/** What joins label values to a key; no valid text has it. */
export const SEPARATOR = '\uffff';

/** The queries for these reads, each read once however often it is asked for. */
export function planQueries(placed: readonly Placed[]): Query[] {
  const groups = new Map<string, Lifted[]>();
  for (const one of new Map(placed.map((one) => [one.key, one])).values()) {
    const lifted = lift(one);
    const key = groupKey(lifted);
    const group = groups.get(key);
    if (group) group.push(lifted);
    else groups.set(key, [lifted]);
  }
  return [...groups.values()].flatMap(build);
}

/** The query for one read alone. */
export const planOne = (placed: Placed): Query => build([lift(placed)])[0]!;

interface Lifted extends Placed {
  labels: readonly string[];
  values: readonly string[];
  rest: Read['where'];
  outcome: Read['where'];
  /** What holds for all rows of the read unless it says otherwise. */
  base: string;
}

function lift(placed: Placed): Lifted {
  const { read, table } = placed;
  const outcomeLabel = OUTCOMES[read.source];
  const isOutcome = (key: string) => key === outcomeLabel && !read.by.includes(key);
  const lifted = new Map<string, string>(read.metric === '' ? [] : [['metric.name', read.metric]]);
  const rest: Read['where'][number][] = [];
  const outcome: Read['where'][number][] = [];
  for (const matcher of read.where) {
    const { key, op, values } = matcher;
    if (isOutcome(key)) outcome.push(matcher);
    else if (op === '=' && values.length === 1 && !lifted.has(key))
      lifted.set(key, labelValue(read.source, key, values[0]!));
    else rest.push(matcher);
  }
  const labels = [...lifted.keys()].sort();
  return {
    ...placed,
    labels,
    values: labels.map((label) => lifted.get(label)!),
    rest,
    outcome,
    base: baseFilter(read, table),
  };
}

/** Requests are what servers and consumers do, and probes are not users. */
function baseFilter({ source, where, by }: Read, _table: Table): string {
  if (source !== 'spans') return '';
  const isNamed = (label: string) => by.includes(label) || where.some(({ key }) => key === label);
  return [
    ...(isNamed('probe') ? [] : ['NOT Probe']),
    ...(isNamed('span.kind') ? [] : ["SpanKind IN ('Server', 'Consumer')"]),
  ].join(' AND ');
}

function groupKey({ read, table, labels, base }: Lifted): string {
  const isMerged = mergeOf(read, table) !== null;
  return JSON.stringify([table.name, table.form, isMerged, read.before, read.every, labels, read.by, base]);
}

/** As many queries as the limits ask for; most groups are one. */
function build(group: readonly Lifted[]): Query[] {
  const queries: Query[] = [];
  let draft = new Draft(group[0]!);
  for (const one of group) {
    if (draft.isFull()) {
      queries.push(draft.finish());
      draft = new Draft(one);
    }
    draft.add(one);
  }
  queries.push(draft.finish());
  return queries;
}

/** A query while it is put together. */
class Draft {
  readonly #first: Lifted;
  readonly #texts = new Texts();
  readonly #columns = new Map<string, DraftColumn>();
  readonly #members: Member[] = [];
  readonly #lists: Set<string>[];
  /** SQL of labels that the inner query of increases computes, with the name it gives them. */
  readonly #carried = new Map<string, string>();
  readonly #at = '{t:UInt32}';
  #longest = 0;
  #bytes = 0;

  constructor(first: Lifted) {
    this.#first = first;
    this.#lists = first.labels.map(() => new Set<string>());
  }

  isFull(): boolean {
    return this.#columns.size >= MAX_COLUMNS || this.#bytes >= MAX_TEXT_BYTES;
  }

  add(one: Lifted): void {
    const { read, table, values } = one;
    const column = columnOf(
      read,
      table,
      this.#filter(one),
      this.#conditions(one, one.outcome),
      errorsOf(one),
    );
    const key = JSON.stringify(column);
    const known = this.#columns.get(key) ?? { place: this.#columns.size, column, one };
    if (!this.#columns.has(key)) this.#bytes += key.length;
    this.#columns.set(key, known);
    for (const [i, value] of values.entries()) {
      if (!this.#lists[i]!.has(value)) this.#bytes += value.length;
      this.#lists[i]!.add(value);
    }
    this.#longest = Math.max(this.#longest, read.window / 1_000);
    this.#members.push({
      key: one.key,
      read,
      table,
      column: known.place,
      lifted: values.join(SEPARATOR),
    });
  }

  /** Rows of one read in SQL, but for its outcome. */
  #filter(one: Lifted): string {
    return [this.#within(one), this.#conditions(one, one.rest)].filter(Boolean).join(' AND ');
  }

  #within({ read, table }: Lifted): string {
    const seconds = read.window / 1_000;
    return hasNeighbours(table) ? increaseFilter(table, this.#at, seconds) : table.since(this.#at, seconds);
  }

  #conditions({ read, table }: Lifted, matchers: Read['where']): string {
    return matchers
      .map((matcher) =>
        matcherSql(read.source, matcher, this.#labelSql(read, table, matcher.key), this.#texts),
      )
      .join(' AND ');
  }

  /** Where points are compared with their neighbours, labels are read before, so that no map is carried along. */
  #labelSql({ source }: Read, table: Table, label: string): string {
    const sql = labelSql(source, label, isRaw(table), this.#texts);
    if (!hasNeighbours(table)) return sql;
    const alias = this.#carried.get(sql) ?? `g${this.#carried.size}`;
    this.#carried.set(sql, alias);
    return alias;
  }

  finish(): Query {
    const { read, table, labels, base } = this.#first;
    const sqlOf = (label: string) => labelSql(read.source, label, isRaw(table), this.#texts);
    const lists = labels.flatMap((label, i) =>
      this.#lists[i]!.size > MAX_LISTED ? [] : [`${sqlOf(label)} IN {l${i}:Array(String)}`],
    );
    const dims = [...labels, ...read.by].map((label) => this.#labelSql(read, table, label));
    const columns = [...this.#columns.values()].map(({ column }) => column);
    const where = [base, ...lists].filter(Boolean).join(' AND ');
    const carried = [...this.#carried].map(([sql, alias]) => `${sql} AS ${alias}`);
    const rows = rowsSql(table, this.#at, this.#longest, where, carried);
    const sql = `WITH {p:Array(String)} AS p SELECT ${select(dims, columns)} FROM ${rows}${
      dims.length === 0 ? '' : ` GROUP BY ${dims.map((_, i) => `d${i}`).join(', ')}`
    } LIMIT ${MAX_ROWS + 1}`;
    const bySeries = this.#bySeries();
    const params: Params = { p: this.#texts.list };
    for (const [i, list] of this.#lists.entries()) if (list.size <= MAX_LISTED) params[`l${i}`] = [...list];
    const { before, every } = read;
    return {
      sql,
      params,
      bySeries,
      at: (t) => (every === 0 ? t - before : Math.floor((t - before) / every) * every),
      isKept: every > 0,
      liftedCount: labels.length,
      by: read.by,
      members: this.#members,
    };
  }

  /** Points by their series, with labels and conditions apart. */
  #bySeries(): BySeries | null {
    const { read, table, labels } = this.#first;
    if (mergeOf(read, table) === null) return null;
    const sqlOf = (label: string) => labelSql(read.source, label, true, this.#texts);
    const conditions: string[] = [];
    const numbers: Column[] = [];
    const seen: string[] = [];
    const columns = [...this.#columns.values()].map(({ one }) => {
      const number = seriesColumn(one.read, table, this.#within(one));
      const column = placeIn(seen, JSON.stringify(number));
      numbers[column] = number;
      const condition = one.rest
        .map((matcher) => matcherSql(read.source, matcher, sqlOf(matcher.key), this.#texts))
        .join(' AND ');
      return {
        column,
        condition: condition === '' ? -1 : placeIn(conditions, condition),
        merge: mergeOf(one.read, table) as Merge,
      };
    });
    // Attributes are what is not to be read; columns of the table are cheap to ask.
    const lists = labels.flatMap((label, i) =>
      /^\w+$/.test(sqlOf(label)) && this.#lists[i]!.size <= MAX_LISTED
        ? [`${sqlOf(label)} IN {l${i}:Array(String)}`]
        : [],
    );
    const where = lists.join(' AND ');
    const dims = [...labels, ...read.by].map(sqlOf);
    const within = [table.since(this.#at, this.#longest), table.until(this.#at), where].filter(Boolean);
    const prelude = 'WITH {p:Array(String)} AS p SELECT';
    return {
      sql: `${prelude} ${select(['MetricName', 'SeriesId'], numbers)} FROM ${rowsSql(table, this.#at, this.#longest, where, [])} GROUP BY d0, d1 LIMIT ${MOST_SERIES + 1}`,
      labelsSql: `${prelude} [toString(MetricName), toString(SeriesId)] AS s, ${arrayOf(
        dims.map((sql) => `toString(${sql})`),
        'String',
      )} AS d, ${arrayOf(
        conditions.map((sql) => `toUInt8(${sql})`),
        'UInt8',
      )} AS c FROM ${table.name} WHERE ${within.join(' AND ')} AND SeriesId IN {series:Array(UInt64)} LIMIT 1 BY MetricName, SeriesId`,
      columns,
    };
  }
}

interface DraftColumn {
  place: number;
  column: Column;
  /** The first read that wants it. */
  one: Lifted;
}

/** The place of a text in a list, where it is put when it is new. */
function placeIn(list: string[], text: string): number {
  const place = list.indexOf(text);
  return place >= 0 ? place : list.push(text) - 1;
}

/** Tables whose rows are compared with the row of their series before them. */
const hasNeighbours = ({ form }: Table): boolean =>
  form === 'increases' || form === 'buckets' || form === 'exponential';

const isRaw = ({ form }: Table): boolean => form !== 'rollup' && form !== 'counts' && form !== 'deploys';

/** Whether the span rollup's column is that of errors, of the rest, or of all. */
function errorsOf({ table, outcome }: Lifted): boolean | null {
  if (table.form !== 'rollup' || outcome.length === 0) return null;
  return outcome[0]!.op === '=';
}

function select(dims: readonly string[], columns: readonly Column[]): string {
  const named = dims.map((sql, i) => `${sql} AS d${i}`);
  const labels = `${arrayOf(
    dims.map((_, i) => `toString(d${i})`),
    'String',
  )} AS d`;
  const values = `[${columns.map(({ value }) => `toNullable(toFloat64(${value}))`).join(', ')}] AS v`;
  const counts = `[${columns.map(({ count }) => `toFloat64(${count})`).join(', ')}] AS n`;
  const histograms = columns.some(({ histogram }) => histogram !== undefined)
    ? [`[${columns.map(({ histogram }) => histogram ?? '([], [], [])').join(', ')}] AS h`]
    : [];
  const texts = columns.some(({ text }) => text !== undefined)
    ? [`[${columns.map(({ text }) => (text === undefined ? "''" : `toString(${text})`)).join(', ')}] AS x`]
    : [];
  return [...named, labels, values, counts, ...histograms, ...texts].join(', ');
}

/** An array in SQL; one without elements needs its type. */
const arrayOf = (elements: readonly string[], type: string): string =>
  elements.length === 0 ? `CAST([], 'Array(${type})')` : `[${elements.join(', ')}]`;

/** A read on its table. */
export const place = (read: Read, table: Table): Placed => ({ key: readKey(read), read, table });
