import type { Signal } from '../model/otlp.ts';

/** Values bound to `{name:Type}` placeholders; nothing from outside ever becomes SQL text. */
export type Params = Record<string, string | number | boolean | readonly (string | number | bigint)[]>;

/** A sealed journal segment: length-delimited OTLP export requests, content fixed for ever under its token. */
export interface Segment {
  signal: Signal;
  /** Absolute path of the file. */
  path: string;
  /** Deduplication token: inserting the same segment twice under it stores it once. */
  token: string;
}

export interface QueryLimits {
  /** Seconds after which the engine stops the query; default 10. */
  maxSeconds?: number;
}

/**
 * The port to ClickHouse. Two adapters, one schema, one SQL: the embedded engine reads a segment as a file, a server
 * gets it as a streamed body.
 */
export interface Engine {
  /** `embedded`, or the server's address without credentials. */
  readonly name: string;
  /** Rows the segment has in its base table, all views written; the same number again on a repeat. @throws Problem */
  insertSegment(segment: Segment): Promise<number>;
  /** @throws Problem `store_down` | `too_slow` | `query_failed` */
  query<Row>(sql: string, params?: Params, limits?: QueryLimits): Promise<Row[]>;
  /** Rows of our own into a table, as one block; never data of senders, which comes as segments. @throws Problem */
  insertRows(table: string, rows: readonly object[]): Promise<void>;
  /** DDL and other statements without rows. @throws Problem */
  command(sql: string, params?: Params): Promise<void>;
  /** True when a trivial query was answered within `timeoutMs`. Never throws. */
  ping(timeoutMs?: number): Promise<boolean>;
  close(): Promise<void>;
}
