/** The shop's database: SQLite in a file that all services share, with client spans as for any other database. */
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type Attributes, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { sleep } from '../../base/clock.ts';

/** What a writer waits for the one before it. SQLite's own waiting would stop the whole process, so it is done here. */
const BUSY_TIMEOUT_MS = 4_000;
const BUSY_RETRY_MS = 40;
/** `errcode` of node:sqlite: https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

const tracer = trace.getTracer('shop.database');
const duration = metrics
  .getMeter('shop.database')
  .createHistogram('db.client.operation.duration', { unit: 's' });

export interface Database {
  /**
   * Runs one statement, e.g. `INSERT INTO orders … RETURNING id`.
   * @param summary operation and table, the span's name: `INSERT orders`
   * @throws Error "database is locked" when another writer stays for 4 s
   */
  run<Row>(summary: string, sql: string, parameters?: readonly SQLInputValue[]): Promise<Row[]>;
  close(): void;
}

/** Opens a database file in the shop's folder. */
export function openDatabase(folder: string, file: string): Database {
  const database = new DatabaseSync(join(folder, file));
  // What a crash of the machine could lose does not matter to a demo.
  database.exec('PRAGMA busy_timeout = 0; PRAGMA synchronous = OFF');
  const run = async <Row>(summary: string, sql: string, parameters: readonly SQLInputValue[] = []) => {
    const attributes = attributesOf(file, summary, sql);
    return traced<Row[]>(summary, attributes, () =>
      patiently(() => database.prepare(sql).all(...parameters) as Row[]),
    );
  };
  return { run, close: () => database.close() };
}

/** Source: OpenTelemetry semantic conventions, database client spans. */
function attributesOf(file: string, summary: string, sql: string): Attributes {
  const [operation, collection] = summary.split(' ');
  return {
    'db.system.name': 'sqlite',
    'db.namespace': file,
    'db.operation.name': operation!,
    'db.query.summary': summary,
    'db.query.text': sql,
    ...(collection === undefined ? {} : { 'db.collection.name': collection }),
  };
}

async function traced<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes });
  const { 'db.query.text': _text, ...dimensions } = attributes;
  try {
    return await work();
  } catch (thrown) {
    const { errcode, message } = thrown as Error & { errcode?: number };
    dimensions['error.type'] = errcode === SQLITE_BUSY ? 'SQLITE_BUSY' : 'SQLITE_ERROR';
    span.setAttribute('error.type', dimensions['error.type']);
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    throw thrown;
  } finally {
    span.end();
    duration.record((performance.now() - began) / 1_000, dimensions);
  }
}

async function patiently<T>(work: () => T): Promise<T> {
  const deadline = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      return work();
    } catch (thrown) {
      const isBusy = (thrown as { errcode?: number }).errcode === SQLITE_BUSY;
      if (!isBusy || performance.now() > deadline) throw thrown;
      await sleep(BUSY_RETRY_MS);
    }
  }
}
