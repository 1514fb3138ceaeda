/** What signals look like in a file. */
import { z } from 'zod';
import { duration, fields, labelNames, name, oneOf, where } from './values.ts';

const QUANTILE = /^p(?:\d{1,2}(?:\.\d{1,3})?)$/;

const REDUCE_ERROR = 'must be one of avg, min, max, sum, last, count, increase, rate, or a quantile like p95';
const reduce = z.union(
  [
    oneOf('avg', 'min', 'max', 'sum', 'last', 'count', 'increase', 'rate'),
    z.string().regex(QUANTILE, { error: REDUCE_ERROR }),
  ],
  { error: REDUCE_ERROR },
);
const SPANS_ERROR = 'must be count, rate, or a quantile of durations like p95';
const spans = z.union([oneOf('count', 'rate'), z.string().regex(QUANTILE, { error: SPANS_ERROR })], {
  error: SPANS_ERROR,
});
const logs = oneOf('count', 'rate');

const source = {
  metric: z.string({ error: 'must be the name of a metric' }).min(1).max(300).optional(),
  reduce: reduce.optional(),
  spans: spans.optional(),
  logs: logs.optional(),
  where: where.optional(),
};
const selection = { by: labelNames.optional(), window: duration.optional() };

/** Events of a ratio or an SLO: labels and window are those of the whole. */
export const eventsForm = fields(source);
export const seriesForm = fields({ ...source, ...selection });

const ratio = fields({
  bad: eventsForm,
  total: eventsForm,
  ...selection,
  min_events: z.number().int().min(0).optional(),
});
const sloBurn = fields({
  slo: name,
  windows: z
    .array(fields({ long: duration, short: duration, factor: z.number().positive() }))
    .min(1)
    .max(8)
    .optional(),
});
const absent = fields({ of: seriesForm, lookback: duration.optional() });
const change = fields({
  of: seriesForm,
  against: fields({
    offset: duration.optional(),
    same_hour_of_week: z.number().int().min(1).max(12).optional(),
  }),
  as: oneOf('ratio', 'difference').optional(),
});
const consecutive = fields({ consecutive_runs: z.number().int().min(1).max(100) });
const probe = fields({
  name: z.string().min(1).max(200).optional(),
  journey: z.string().min(1).max(200).optional(),
  check: z.string().min(1).max(200).optional(),
  failed: consecutive.optional(),
  slow: consecutive.optional(),
  duration: z.literal(true, { error: 'must be true' }).optional(),
  locations: fields({ failing_gte: z.number().int().min(1).max(1_000) }).optional(),
  ...selection,
});
const deploy = fields({ where: where.optional(), by: labelNames.optional(), within: duration });

/** One signal: exactly one of `metric`, `spans`, `logs`, `ratio`, `slo_burn`, `absent`, `change`, `probe`, `rule`, `deploy`. */
export const signalForm = fields({
  ...source,
  ...selection,
  ratio: ratio.optional(),
  slo_burn: sloBurn.optional(),
  absent: absent.optional(),
  change: change.optional(),
  probe: probe.optional(),
  rule: name.optional(),
  state: oneOf('pending', 'firing', 'inactive').optional(),
  deploy: deploy.optional(),
});

export type EventsForm = z.infer<typeof eventsForm>;
export type SeriesForm = z.infer<typeof seriesForm>;
export type SignalForm = z.infer<typeof signalForm>;
