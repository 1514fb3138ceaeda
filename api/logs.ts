import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { LOG_LEVELS, type LogRecord } from '../model/log.ts';
import type { Engine } from '../store/engine.ts';
import { countLogs, type LogFilter, readCursor, searchLogs } from '../store/queries/logs.ts';
import { download } from './export.ts';
import { attributeFilters, exportFormat, rangeParameters, timeRange } from './parameters.ts';

const text = z.string().max(1_000);

const parameters = rangeParameters.extend({
  service: text.optional(),
  level: z.enum(LOG_LEVELS).optional(),
  q: text.optional(),
  trace: z
    .string()
    .regex(/^[0-9a-f]{32}$/i, 'A trace id has 32 hex digits')
    .optional(),
  span: z
    .string()
    .regex(/^[0-9a-f]{16}$/i, 'A span id has 16 hex digits')
    .optional(),
  f: attributeFilters,
  before: z
    .string()
    .transform((text, context) => {
      const cursor = readCursor(text);
      if (cursor === null) context.addIssue(`"${text.slice(0, 40)}" is not the cursor of a page`);
      return cursor ?? z.NEVER;
    })
    .optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** As many records as one file holds. */
const MOST_EXPORTED = 10_000;

/** `/api/logs`: the search, the counts over time, the file. */
export function logRoutes(engine: Engine, clock: Clock) {
  const read = (query: Record<string, string>, f: string[] | undefined) => {
    const parsed = parameters.parse({ ...query, f: f ?? [] });
    const filter: LogFilter = {
      range: timeRange(parsed.from, parsed.to, clock.now()),
      env: parsed.env,
      service: parsed.service,
      level: parsed.level,
      text: parsed.q,
      traceId: parsed.trace?.toLowerCase(),
      spanId: parsed.span?.toLowerCase(),
      attributes: parsed.f,
    };
    return { filter, limit: parsed.limit, before: parsed.before };
  };
  return new Hono()
    .get('/', async (c) => {
      const { filter, limit, before } = read(c.req.query(), c.req.queries('f'));
      return c.json(await searchLogs(engine, filter, limit, before));
    })
    .get('/histogram', async (c) =>
      c.json(await countLogs(engine, read(c.req.query(), c.req.queries('f')).filter)),
    )
    .get('/export', async (c) => {
      const { filter } = read(c.req.query(), c.req.queries('f'));
      const view = await searchLogs(engine, filter, MOST_EXPORTED);
      return download(c, exportFormat.parse(c.req.query('format')), view, () => ({
        name: 'logs',
        columns: ['time', 'severity', 'service', 'environment', 'body', 'trace_id', 'span_id', 'attributes'],
        rows: view.records.map(rowOf),
      }));
    });
}

function rowOf(record: LogRecord) {
  const { severity, severityText, service, environment, body, traceId, spanId, attributes } = record;
  const level = severityText === '' ? String(severity) : severityText;
  return [
    isoNanos(record.timeNs),
    level,
    service,
    environment,
    body,
    traceId,
    spanId,
    JSON.stringify(attributes),
  ];
}

/** `2026-01-31T14:05:10.042123456Z`. */
function isoNanos(ns: string): string {
  const time = BigInt(ns);
  const seconds = new Date(Number(time / 1_000_000_000n) * 1_000).toISOString().slice(0, 19);
  return `${seconds}.${String(time % 1_000_000_000n).padStart(9, '0')}Z`;
}
