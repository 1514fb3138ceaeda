import { createReadStream } from 'node:fs';
import { Agent } from 'node:http';
import { type ClickHouseClient, ClickHouseError, createClient } from '@clickhouse/client';
import { messageOf, Problem } from '../base/errors.ts';
import type { Engine, Params, QueryLimits, Segment } from './engine.ts';
import { parseSettings } from './schema/landing.ts';

/** How a segment reaches the engine: as a file it can open itself, or as the body of the insert. */
export type SegmentTransport = 'file' | 'body';

export interface ClientOptions {
  name: string;
  /** `http://user:password@host:port/database`, or any URL when `socketPath` is given. */
  url: string;
  socketPath?: string;
  password?: string;
  transport: SegmentTransport;
}

/** ClickHouse error codes that pass by themselves: timeouts, memory, room, too many parts or queries, network. */
const RETRYABLE = new Set([
  '159',
  '160',
  '173',
  '202',
  '209',
  '210',
  '241',
  '242',
  '243',
  '252',
  '394',
  '999',
]);
/** A full disk comes under many codes (74, 75, 76, 1001, …); what they share is the system's sentence. */
const NO_ROOM = /No space left on device|Disk quota exceeded/i;
/** What people are told apart; every other code is `query_failed`. 241 memory, 159 and 160 time, 396 size of the answer. */
const CODES: Record<string, string> = {
  159: 'too_slow',
  160: 'too_slow',
  241: 'out_of_memory',
  396: 'too_large',
};
/** No answer is larger: it is built as one text, and V8's strings end at 512 MB. */
const MAX_ANSWER_BYTES = 128 * 2 ** 20;
const INSERT_TIMEOUT_MS = 120_000;

/** The engine behind ClickHouse's HTTP interface, embedded or a server: nothing above can tell which. */
export function connect(options: ClientOptions): Engine {
  const client = createClient({
    url: options.url,
    application: 'loopwatch',
    compression: { request: false, response: false },
    request_timeout: INSERT_TIMEOUT_MS,
    max_open_connections: 10,
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.socketPath === undefined
      ? {}
      : { http_agent: new Agent({ keepAlive: true, socketPath: options.socketPath } as object) }),
    log: { LoggerClass: SilentLogger },
  });
  return {
    name: options.name,
    insertSegment: (segment) => insertSegment(client, options.transport, segment),
    query: (sql, params, limits) => query(client, sql, params, limits),
    insertRows: (table, rows) => insertRows(client, table, rows),
    command: async (sql, params) =>
      void (await guarded(() => client.command({ query: sql, query_params: { ...params } }))),
    ping: (timeoutMs = 2_000) => ping(client, timeoutMs),
    close: () => client.close(),
  };
}

async function insertSegment(
  client: ClickHouseClient,
  transport: SegmentTransport,
  segment: Segment,
): Promise<number> {
  const target = `INSERT INTO otlp_${segment.signal}`;
  const settings = settingsClause({
    ...parseSettings(segment.signal),
    ...INSERT_SETTINGS,
    insert_deduplication_token: segment.token,
  });
  await guarded(async () => {
    // Never inline: inline binary data ends at the first two newlines and what follows would run as SQL.
    if (transport === 'file') {
      await client.command({
        query: `${target} SELECT * FROM file(${literal(segment.path)}, 'Protobuf') ${settings}`,
      });
    } else {
      const { stream } = await client.exec({
        query: `${target} ${settings} FORMAT Protobuf`,
        values: createReadStream(segment.path),
      });
      stream.resume();
    }
  });
  const [row] = await query<{ rows: number }>(
    client,
    'SELECT sum(Rows) AS rows FROM ingest_log WHERE Token = {token:String}',
    { token: segment.token },
  );
  return row?.rows ?? 0;
}

async function insertRows(client: ClickHouseClient, table: string, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  await guarded(() =>
    client.insert({
      table,
      values: [...rows],
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, log_queries: 0 },
    }),
  );
}

/**
 * One thread and a stable order, because deduplication goes by block; no partition limit, because one late span would
 * otherwise poison the segment; blocks as large as the segment, because each part costs far more than its rows.
 */
const INSERT_SETTINGS = {
  async_insert: '0',
  max_insert_threads: '1',
  max_threads: '1',
  input_format_parallel_parsing: '0',
  max_partitions_per_insert_block: '0',
  deduplicate_blocks_in_dependent_materialized_views: '1',
  use_structure_from_insertion_table_in_table_functions: '1',
  // Merges build them anyway: building them twice was a sixth of an insert's CPU. Until then a new part is read whole.
  materialize_skip_indexes_on_insert: '0',
  log_queries: '0',
};

const settingsClause = (settings: Record<string, string>): string =>
  `SETTINGS ${Object.entries(settings)
    .map(([name, value]) => `${name} = ${/^\d+$/.test(value) ? value : literal(value)}`)
    .join(', ')}`;

/** A ClickHouse string literal. Only for text of our own: everything from outside goes in as a parameter. */
function literal(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
}

async function query<Row>(
  client: ClickHouseClient,
  sql: string,
  params: Params = {},
  { maxSeconds = 10 }: QueryLimits = {},
): Promise<Row[]> {
  return guarded(async () => {
    const result = await client.query({
      query: `${sql}\nSETTINGS max_execution_time = ${maxSeconds}, max_result_bytes = ${MAX_ANSWER_BYTES}, log_queries = 0`,
      query_params: { ...params },
      format: 'JSONEachRow',
    });
    return (await result.json()) as Row[];
  });
}

async function ping(client: ClickHouseClient, timeoutMs: number): Promise<boolean> {
  const abort = AbortSignal.timeout(timeoutMs);
  try {
    const result = await client.query({ query: 'SELECT 1', format: 'TabSeparated', abort_signal: abort });
    return (await result.text()).trim() === '1';
  } catch {
    return false;
  }
}

/** Turns whatever the client throws into a Problem that says whether a retry can help. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof ClickHouseError) {
      const code = CODES[thrown.code] ?? 'query_failed';
      throw new Problem(code, `ClickHouse error ${thrown.code}: ${thrown.message}`, {
        retryable: RETRYABLE.has(thrown.code) || NO_ROOM.test(thrown.message),
        cause: thrown,
      });
    }
    throw new Problem('store_down', `The ClickHouse engine does not answer: ${messageOf(thrown)}`, {
      retryable: true,
      cause: thrown,
    });
  }
}

/** The client logs every failed request itself; those reach our log as Problems. */
class SilentLogger {
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}
