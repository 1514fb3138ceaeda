import type { Context } from 'hono';

export type Cell = string | number | null;

/** What a table of an answer is called and what its columns hold. */
export interface Sheet {
  /** Of the file, without its ending. */
  name: string;
  columns: readonly string[];
  rows: Iterable<readonly Cell[]>;
}

/** A view as a file to be kept: JSON as the page reads it, or its rows as CSV. */
export function download(c: Context, format: 'csv' | 'json', view: unknown, sheet: () => Sheet): Response {
  const { name, columns, rows } = sheet();
  c.header('Content-Disposition', `attachment; filename="loopwatch-${name}.${format}"`);
  if (format === 'json') return c.json(view as never);
  c.header('Content-Type', 'text/csv; charset=utf-8');
  return c.body(csv(columns, rows));
}

/** CSV by RFC 4180. */
export function csv(columns: readonly string[], rows: Iterable<readonly Cell[]>): string {
  const lines = [columns.map(field).join(',')];
  for (const row of rows) lines.push(row.map(field).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/**
 * Text that a spreadsheet would run as a formula gets an apostrophe before it (OWASP, "CSV Injection"): it comes from
 * telemetry, which anybody can send.
 */
function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
