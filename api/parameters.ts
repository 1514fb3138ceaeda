import { z } from 'zod';
import { Problem } from '../base/errors.ts';
import { parseDuration } from '../base/units.ts';
import type { TimeRange } from '../model/service.ts';

/** What the URL may say. Everything is bounded: no view reads more time or rows than a person can look at. */

const MAX_RANGE_MS = 400 * 86_400_000;
const MAX_TEXT = 1_000;
/** Date.parse takes far more: "-5" is a day in 2001 to it. */
const ISO = /^\d{4}-\d\d-\d\d(?:T|$)/;
const text = z.string().max(MAX_TEXT);

const duration = z.string().transform((value, context) => {
  try {
    return parseDuration(value);
  } catch (thrown) {
    context.addIssue((thrown as Problem).message);
    return z.NEVER;
  }
});

export const rangeParameters = z.object({
  from: text.default('now-1h'),
  to: text.default('now'),
  env: text.default(''),
});

/** `f=key:value`, repeatable: attributes that must be exactly so. */
export const attributeFilters = z
  .union([text.transform((one) => [one]), z.array(text).max(10)])
  .default([])
  .transform((filters, context) =>
    filters.map((filter) => {
      const colon = filter.indexOf(':');
      if (colon <= 0) context.addIssue(`"${filter}" is not key:value`);
      return { key: filter.slice(0, colon), value: filter.slice(colon + 1) };
    }),
  );

/** How a view is written to a file. */
export const exportFormat = z.enum(['csv', 'json']).default('json');

export const traceParameters = rangeParameters.extend({
  service: text.optional(),
  operation: text.optional(),
  status: z.enum(['error']).optional(),
  entry: z.enum(['1']).optional(),
  min: duration.optional(),
  max: duration.optional(),
  f: attributeFilters,
  sort: z.enum(['recent', 'slowest']).default('recent'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

/**
 * `now`, `now-15m`, unix milliseconds or an ISO time → a range in unix milliseconds.
 * @throws Problem `invalid_parameter` with the parameter's name
 */
export function timeRange(from: string, to: string, now: number): TimeRange {
  const range = { from: moment('from', from, now), to: moment('to', to, now) };
  if (range.from >= range.to) throw new Problem('invalid_parameter', '"from" must lie before "to"');
  if (range.to - range.from > MAX_RANGE_MS)
    throw new Problem('invalid_parameter', 'The range is longer than 400 days');
  return range;
}

/** One moment; `name` is the parameter's, for the message. @throws Problem `invalid_parameter` */
export function moment(name: string, text: string, now: number): number {
  const relative = /^now(?:-(.+))?$/.exec(text);
  try {
    if (relative) return now - (relative[1] === undefined ? 0 : parseDuration(relative[1]));
  } catch {
    // Said below, with the name of the parameter.
  }
  const absolute = /^\d{10,16}$/.test(text) ? Number(text) : ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (relative || !Number.isFinite(absolute) || absolute < 0 || absolute > 4e12)
    throw new Problem(
      'invalid_parameter',
      `${name}: "${text.slice(0, 100)}" is not a time; give now, now-15m, unix milliseconds or 2026-01-31T14:05:00Z`,
    );
  return absolute;
}
