import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import { AGGREGATIONS, METRIC_KINDS, type SeriesView } from '../model/metric.ts';
import type { Engine } from '../store/engine.ts';
import { listMetrics } from '../store/queries/metric-catalogue.ts';
import { readSeries } from '../store/queries/metric-series.ts';
import { download } from './export.ts';
import { attributeFilters, exportFormat, rangeParameters, timeRange } from './parameters.ts';

const text = z.string().max(1_000);
const catalogue = z.object({ env: text.default(''), service: text.optional(), q: text.optional() });
const parameters = rangeParameters.extend({
  name: text.min(1),
  /** Which form, where a name was sent in several; default: the most recently seen. */
  kind: z.enum(METRIC_KINDS).optional(),
  unit: text.optional(),
  service: text.optional(),
  agg: z.enum(AGGREGATIONS).optional(),
  by: text.default(''),
  f: attributeFilters,
});

/** `/api/metrics`: what there is, one of them over time, the file. */
export function metricRoutes(engine: Engine, clock: Clock) {
  const read = async (query: Record<string, string>, f: string[] | undefined): Promise<SeriesView> => {
    const {
      from,
      to,
      env,
      name,
      kind,
      unit,
      service,
      agg,
      by,
      f: attributes,
    } = parameters.parse({ ...query, f: f ?? [] });
    const { metrics } = await listMetrics(engine, { env, name, service });
    const form = metrics[0]?.forms.find(
      (each) => (kind === undefined || each.kind === kind) && (unit === undefined || each.unit === unit),
    );
    if (form === undefined)
      throw new Problem(
        'not_found',
        `No metric "${name.slice(0, 200)}" of this form has ever been sent from here`,
      );
    const range = timeRange(from, to, clock.now());
    return readSeries(engine, { range, env, name, form, service, aggregation: agg, by, attributes });
  };
  return new Hono()
    .get('/', async (c) => {
      const { env, service, q } = catalogue.parse(c.req.query());
      return c.json(await listMetrics(engine, { env, service, text: q }));
    })
    .get('/series', async (c) => c.json(await read(c.req.query(), c.req.queries('f'))))
    .get('/export', async (c) => {
      const view = await read(c.req.query(), c.req.queries('f'));
      return download(c, exportFormat.parse(c.req.query('format')), view, () => ({
        name: 'metric',
        columns: ['time', 'metric', 'unit', 'aggregation', 'group', 'value'],
        rows: view.series.flatMap(({ group, values }) =>
          values.map((value, at) => [
            new Date(view.range.from + at * view.stepMs).toISOString(),
            view.name,
            view.form.unit,
            view.aggregation,
            group,
            value,
          ]),
        ),
      }));
    });
}
