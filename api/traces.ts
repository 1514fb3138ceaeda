import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import type { Engine } from '../store/engine.ts';
import { compareGroups } from '../store/queries/compare.ts';
import { readHeatmap } from '../store/queries/heatmap.ts';
import { readSpans, readTrace, readTraceOutline } from '../store/queries/trace.ts';
import { searchTraces, type TraceFilter } from '../store/queries/traces.ts';
import { download } from './export.ts';
import { exportParameters, rangeParameters, timeRange, traceParameters } from './parameters.ts';

const heatmap = rangeParameters.extend({
  service: z.string().max(1_000).default(''),
  operation: z.string().max(1_000).default(''),
});
/** Two searches, each as the query of its own URL: `service=cart&min=500ms`. */
const comparison = z.object({ a: z.string().max(4_000), b: z.string().max(4_000) });
const MOST_EXPORTED = 500;

/** `/api/traces`: the search, one trace (whole, as an outline, one of its spans), latency over time, two groups compared, the file. */
export function traceRoutes(engine: Engine, clock: Clock) {
  return new Hono()
    .get('/', async (c) =>
      c.json(await searchTraces(engine, filterOf(c.req.query(), c.req.queries('f'), clock.now()))),
    )
    .get('/heatmap', async (c) => {
      const { from, to, env, service, operation } = heatmap.parse(c.req.query());
      return c.json(await readHeatmap(engine, timeRange(from, to, clock.now()), env, service, operation));
    })
    .get('/compare', async (c) => {
      const { a, b } = comparison.parse(c.req.query());
      const [first, second] = [a, b].map((text) => {
        const params = new URLSearchParams(text);
        return filterOf(Object.fromEntries(params), params.getAll('f'), clock.now());
      }) as [TraceFilter, TraceFilter];
      return c.json(await compareGroups(engine, first, second));
    })
    .get('/export', async (c) => {
      const filter = filterOf(c.req.query(), c.req.queries('f'), clock.now());
      const view = await searchTraces(engine, { ...filter, limit: MOST_EXPORTED });
      return download(c, exportParameters.parse(c.req.query()).format, view, () => ({
        name: 'traces',
        columns: ['trace_id', 'start', 'service', 'operation', 'duration_ms', 'spans', 'errors', 'services'],
        rows: view.traces.map((trace) => [
          trace.traceId,
          new Date(trace.start).toISOString(),
          trace.service,
          trace.operation,
          trace.durationMs,
          trace.spans,
          trace.errors,
          trace.services.join(' '),
        ]),
      }));
    })
    .get('/:id', async (c) => {
      const id = traceIdOf(c.req.param('id'));
      return c.json((await readTrace(engine, id)) ?? notHere(id));
    })
    .get('/:id/outline', async (c) => {
      const id = traceIdOf(c.req.param('id'));
      return c.json((await readTraceOutline(engine, id)) ?? notHere(id));
    })
    .get('/:id/spans/:span', async (c) =>
      c.json(await readSpans(engine, traceIdOf(c.req.param('id')), c.req.param('span'))),
    );
}

function traceIdOf(text: string): string {
  const id = text.toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(id)) throw new Problem('invalid_parameter', 'A trace id has 32 hex digits');
  return id;
}

function notHere(id: string): never {
  throw new Problem('not_found', `There is no trace ${id}; it may be older than the retention`);
}

function filterOf(query: Record<string, string>, f: string[] | undefined, now: number): TraceFilter {
  const {
    from,
    to,
    env,
    status,
    entry,
    min,
    max,
    f: attributes,
    ...rest
  } = traceParameters.parse({
    ...query,
    f: f ?? [],
  });
  return {
    ...rest,
    range: timeRange(from, to, now),
    env,
    onlyErrors: status === 'error',
    onlyEntries: entry === '1',
    minMs: min,
    maxMs: max,
    attributes,
  };
}
