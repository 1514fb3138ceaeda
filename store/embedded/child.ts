/**
 * The engine's own process: chDB behind as much of ClickHouse's HTTP interface as `@clickhouse/client` uses.
 *
 * A process of its own, because a SIGSEGV inside the engine hangs its process for over 90 s, and because four queries
 * in flight stall every file call of the process by seconds (they share libuv's pool), the journal's fsync included.
 * Started by the supervisor with an `EngineSpec` as JSON in `LOOPWATCH_ENGINE`; it dies with its parent.
 */
import { randomUUID, timingSafeEqual } from 'node:crypto';
import { chmodSync, createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Session } from 'chdb';
import { messageOf } from '../../base/errors.ts';
import { SessionPool } from './sessions.ts';
import type { EngineSpec } from './spec.ts';
import {
  insertFromFile,
  isWrite,
  quoted,
  reachesOutside,
  readStatement,
  type Statement,
} from './statement.ts';

// Without its parent the engine would keep the store locked against the next one. The settings of the store make an
// abrupt end harmless, and an orderly one during a query aborts the engine anyway.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
if (!process.connected) process.kill(process.pid, 'SIGKILL');
// Ctrl-C is the parent's business.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

const spec = JSON.parse(process.env.LOOPWATCH_ENGINE ?? '{}') as EngineSpec;
const spool = join(spec.folder, 'spool');
const MAX_SQL_BYTES = 4 << 20;
/** Parameters travel in the URL; as many as ClickHouse itself takes (http_max_uri_size). */
const MAX_URL_BYTES = 1 << 20;
const UNKNOWN_TABLE = new Set([60, 81]);

rmSync(spool, { recursive: true, force: true });
mkdirSync(spool, { recursive: true, mode: 0o700 });

const open = () =>
  new Session(join(spec.folder, 'store'), { connectionArgs: [`--config-file=${spec.configFile}`] });
const writer = new SessionPool(open, 1);
const readers = new SessionPool(open, spec.readers);
// The heartbeat must not wait behind slow queries, or a busy engine would be killed for a dead one.
const heartbeat = new SessionPool(open, 1);

const server = createServer({ maxHeaderSize: MAX_URL_BYTES }, (request, response) => {
  handle(request, response).catch((thrown) => fail(response, thrown));
});
server.keepAliveTimeout = 60_000;
server.requestTimeout = 0;

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isAllowed(request)) return end(response, 403, 'Code: 516. DB::Exception: wrong or missing password\n');
  const url = new URL(request.url ?? '/', 'http://engine');
  if (url.pathname === '/ping') return end(response, 200, 'Ok.\n');
  if (url.pathname === '/heartbeat') {
    await heartbeat.borrow((session) => session.queryAsync('SELECT 1'));
    return end(response, 200, 'Ok.\n');
  }
  const statement = readStatement(url.searchParams);
  const file = join(spool, randomUUID());
  const fromFile = insertFromFile(statement.sql, file);
  if (fromFile !== null) {
    try {
      await pipeline(request, createWriteStream(file, { mode: 0o600 }));
      await run({ ...statement, sql: fromFile }, response);
    } finally {
      await unlink(file).catch(() => {});
    }
  } else {
    const body = await readSql(request);
    await run({ ...statement, sql: [statement.sql, body].filter(Boolean).join('\n') }, response);
  }
}

async function run(statement: Statement, response: ServerResponse): Promise<void> {
  const pool = isWrite(statement.sql) ? writer : readers;
  if (pool === readers && reachesOutside(statement.sql))
    throw new Error('Code: 497. DB::Exception: A query reads the store and nothing else. (ACCESS_DENIED)');
  const result = await pool.borrow(async (session) => {
    try {
      for (const [name, value] of [...statement.settings, ...statement.parameters])
        await session.queryAsync(`SET ${name} = ${quoted(value)}`);
      return await session.queryAsync(statement.sql, { format: statement.format });
    } finally {
      // A setting sticks to its session; the next borrower must not inherit it.
      for (const [name] of statement.settings)
        await session.queryAsync(`SET ${name} = DEFAULT`).catch(() => {});
    }
  });
  const bytes = result.bytes();
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': bytes.length,
    'X-ClickHouse-Query-Id': statement.queryId ?? randomUUID(),
    'X-ClickHouse-Format': statement.format,
    'X-ClickHouse-Timezone': 'UTC',
    'X-ClickHouse-Summary': JSON.stringify({
      read_rows: String(result.rowsRead),
      read_bytes: String(result.bytesRead),
      written_rows: '0',
      written_bytes: '0',
      total_rows_to_read: '0',
      result_rows: '0',
      result_bytes: String(bytes.length),
      elapsed_ns: String(Math.round(result.elapsed * 1e9)),
    }),
  });
  response.end(bytes);
}

function fail(response: ServerResponse, thrown: unknown): void {
  if (response.headersSent) return void response.destroy();
  const message = messageOf(thrown);
  const code =
    (thrown as { clickhouseCode?: number }).clickhouseCode ??
    Number(/^Code: (\d+)/.exec(message)?.[1] ?? 1002);
  response.setHeader('X-ClickHouse-Exception-Code', String(code));
  const text = message.startsWith('Code: ') ? message : `Code: ${code}. DB::Exception: ${message}`;
  end(response, UNKNOWN_TABLE.has(code) ? 404 : 500, `${text}\n`);
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=UTF-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** The socket's file mode guards the unix socket; on TCP a random password does. */
function isAllowed(request: IncomingMessage): boolean {
  if (spec.password === undefined) return true;
  const basic = Buffer.from(`default:${spec.password}`).toString('base64');
  return (
    same(request.headers.authorization, `Basic ${basic}`) ||
    same(request.headers['x-clickhouse-key'], spec.password)
  );
}

function same(given: string | string[] | undefined, wanted: string): boolean {
  const a = Buffer.from(String(given));
  const b = Buffer.from(wanted);
  return a.length === b.length && timingSafeEqual(a, b);
}

async function readSql(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_SQL_BYTES)
      throw new Error(`Code: 62. DB::Exception: the statement is longer than ${MAX_SQL_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

await heartbeat.borrow((session) => session.queryAsync('SELECT 1'));
if (spec.socketPath !== undefined) rmSync(spec.socketPath, { force: true });
process.umask(0o077);
server.listen(spec.socketPath ?? { host: '127.0.0.1', port: 0 }, () => {
  if (spec.socketPath !== undefined) chmodSync(spec.socketPath, 0o600);
  const address = server.address();
  process.send?.({ ready: true, port: typeof address === 'object' ? address?.port : undefined });
});
