import { Problem } from '../../base/errors.ts';

/** What one HTTP request asks of the engine, read from its URL and headers without touching the body. */
export interface Statement {
  /** SQL from the URL; the body is appended to it, or is the data of an insert. */
  sql: string;
  /** Output format when the SQL names none. */
  format: string;
  /** Set for one statement and put back afterwards. */
  settings: [name: string, value: string][];
  /** `param_x` → x; bound on the session. */
  parameters: [name: string, value: string][];
  queryId: string | null;
}

/** Parameters of ClickHouse's HTTP interface that are not settings. */
const PROTOCOL = new Set([
  'query',
  'query_id',
  'database',
  'session_id',
  'session_timeout',
  'session_check',
  'default_format',
  'user',
  'password',
  'role',
  'quota_key',
  'compress',
  'decompress',
  'enable_http_compression',
  'http_zlib_compression_level',
  'wait_end_of_query',
  'buffer_size',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
]);
const IDENTIFIER = /^\w+$/;
const WRITES =
  /^(?:INSERT|CREATE|DROP|ALTER|TRUNCATE|OPTIMIZE|RENAME|SYSTEM|EXCHANGE|ATTACH|DETACH|DELETE|UPDATE)\b/i;
const INSERT_WITH_BODY = /^(INSERT\s+INTO\s[\s\S]*?)\bFORMAT\s+(\w+)\s*;?\s*$/i;

/** @throws Problem `invalid_setting` for a name that is no identifier */
export function readStatement(query: URLSearchParams): Statement {
  const settings: [string, string][] = [];
  const parameters: [string, string][] = [];
  for (const [key, value] of query) {
    if (PROTOCOL.has(key)) continue;
    const isParameter = key.startsWith('param_');
    if (!IDENTIFIER.test(key)) throw new Problem('invalid_setting', `"${key}" is not a setting's name`);
    if (isParameter) parameters.push([key, value]);
    else settings.push([key, value]);
  }
  return {
    sql: query.get('query') ?? '',
    format: query.get('default_format') ?? 'TabSeparated',
    settings,
    parameters,
    queryId: query.get('query_id'),
  };
}

const withoutComments = (sql: string): string =>
  sql.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/, '');

/** Whether the statement changes anything and therefore belongs to the one writing session. */
export function isWrite(sql: string): boolean {
  return WRITES.test(withoutComments(sql));
}

/** Table functions and clauses by which a query reaches files, other hosts or programs. */
const OUTSIDE =
  /[`"]?\b(?:file|fileCluster|url|urlCluster|s3\w*|gcs|oss|cosn|azureBlob\w*|hdfs\w*|iceberg\w*|deltaLake\w*|hudi\w*|paimon\w*|remote|remoteSecure|cluster|clusterAllReplicas|mysql|postgresql|mongodb|redis|sqlite|odbc|jdbc|executable|python|arrowFlight|ytsaurus\w*|filesystem)\b[`"]?\s*\(|\b(?:INTO\s+OUTFILE|INFILE)\b/i;

/**
 * Whether a statement could read or write anything but the store. `readonly` does not stop `file()`, `url()` and `INTO
 * OUTFILE` in chDB, so reads that hold them are not run; what people type is bound as a parameter and never here.
 */
export function reachesOutside(sql: string): boolean {
  return OUTSIDE.test(sql.replace(/\/\*[\s\S]*?\*\/|--[^\n]*/g, ' '));
}

/**
 * `INSERT INTO t … FORMAT X` with its data in the body becomes an insert from a file: inline data would be parsed as
 * SQL after its first empty line. Null for every other statement. `SETTINGS` must stand before `FROM INFILE`'s format.
 */
export function insertFromFile(sql: string, file: string): string | null {
  const match = INSERT_WITH_BODY.exec(withoutComments(sql));
  if (!match || /\bSELECT\b/i.test(match[1]!.replace(/'(?:\\.|[^'\\])*'/g, ''))) return null;
  const [, head, format] = match;
  const settings = /\bSETTINGS\b[\s\S]*$/i.exec(head!)?.[0] ?? '';
  return `${head!.slice(0, head!.length - settings.length)} FROM INFILE '${file}' ${settings} FORMAT ${format}`;
}

/** A ClickHouse string literal. */
export function quoted(value: string): string {
  return `'${value.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
}
