import type { TimeRange } from '../../model/service.ts';
import type { Engine } from '../../store/engine.ts';
import { compareGroups } from '../../store/queries/compare.ts';
import { readEdge } from '../../store/queries/edge.ts';
import { readHeatmap } from '../../store/queries/heatmap.ts';
import { readMap } from '../../store/queries/map.ts';
import { listServices } from '../../store/queries/services.ts';
import { readTrace } from '../../store/queries/trace.ts';
import { searchTraces, type TraceFilter } from '../../store/queries/traces.ts';
import { SERVICES } from '../workload/shop.ts';

/** One question of goals.md, asked again and again with other values. */
export interface Question {
  /** Of the RESULT line, without `_p95_ms`. */
  field: string;
  label: string;
  goalMs: number;
  /** @throws Error when the answer cannot be right: a fast wrong answer is no figure */
  ask(run: number): Promise<void>;
}

type Attribute = { key: string; value: string };

/** Traces a search page shows (`limit` of the API). */
const LIMIT = 50;
/** Any question of a page that explores. */
const EXPLORE_MS = 200;

/** The questions with values that are there, drawn from what is stored. */
export async function questions(engine: Engine, range: TimeRange, runs: number): Promise<Question[]> {
  const traces = await traceIds(engine, runs);
  const wanted = await attributes(engine, runs);
  let asked = 0;
  const search = async (filter: Partial<TraceFilter>, what: string) => {
    // Another range each time, as "now" moves on: the engine remembers the granules of a condition it has seen.
    const moved = { from: range.from - ++asked, to: range.to };
    const found = await searchTraces(engine, {
      range: moved,
      env: '',
      sort: 'recent',
      limit: LIMIT,
      ...filter,
    });
    if (found.traces.length === 0) throw new Error(`No trace found by ${what}.`);
  };
  return [
    {
      field: 'trace_by_id',
      label: 'a trace by its id',
      goalMs: 20,
      ask: async (run) => {
        const trace = await readTrace(engine, traces[run % traces.length]!);
        if (!trace?.spans.length) throw new Error('A stored trace was not found.');
      },
    },
    {
      field: 'search_service',
      label: 'traces of a service',
      goalMs: 30,
      ask: (run) => search({ service: SERVICES[run % SERVICES.length]!.name }, 'its service'),
    },
    {
      field: 'search_attribute',
      label: 'traces by an attribute',
      goalMs: 150,
      ask: (run) => {
        const attribute = wanted[run % wanted.length]!;
        return search({ attributes: [attribute] }, `${attribute.key}=${attribute.value}`);
      },
    },
    {
      field: 'overview',
      label: 'the overview',
      goalMs: 100,
      ask: async () => {
        const { services } = await listServices(engine, range, '');
        if (services.length !== SERVICES.length) throw new Error('The overview lacks services.');
      },
    },
    {
      field: 'map',
      label: 'the service map',
      goalMs: 100,
      ask: async () => {
        if ((await readMap(engine, range, '')).edges.length === 0) throw new Error('The map is empty.');
      },
    },
    ...exploring(engine, range),
  ];
}

/** The questions of the pages behind the first: latency over time, an edge's operations, what differs. */
function exploring(engine: Engine, range: TimeRange): Question[] {
  const service = (run: number) => SERVICES[run % SERVICES.length]!;
  return [
    {
      field: 'heatmap',
      label: 'a heat map of latency',
      goalMs: EXPLORE_MS,
      ask: async (run) => {
        const { rows } = await readHeatmap(engine, range, '', service(run).name, '');
        if (rows.length === 0) throw new Error('The heat map is empty.');
      },
    },
    {
      field: 'edge',
      label: "an edge's operations",
      goalMs: EXPLORE_MS,
      ask: async (run) => {
        const caller = service(run);
        const callee = SERVICES[caller.calls[0]!]!;
        const ends = [`service:${caller.name}`, `service:${callee.name}`] as const;
        const { operations } = await readEdge(engine, range, '', ...ends);
        if (operations.length === 0) throw new Error('The edge has no operations.');
      },
    },
    {
      field: 'compare',
      label: 'what differs in the slow spans of a service',
      goalMs: EXPLORE_MS,
      ask: async (run) => {
        const group = { range, env: '', service: service(run).name, sort: 'recent', limit: LIMIT } as const;
        const { spansA } = await compareGroups(engine, { ...group, minMs: 50 }, group);
        if (spansA === 0) throw new Error('There were no slow spans.');
      },
    },
  ];
}

async function traceIds(engine: Engine, count: number): Promise<string[]> {
  const rows = await engine.query<{ id: string }>(
    'SELECT DISTINCT TraceId AS id FROM otel_traces_trace_id_ts ORDER BY cityHash64(TraceId) LIMIT {count:UInt32}',
    { count },
    { maxSeconds: 60 },
  );
  return rows.map(({ id }) => id);
}

/** What people look for: mostly something rare (a user, a message, an order), some common, one of the resource. */
async function attributes(engine: Engine, runs: number): Promise<Attribute[]> {
  const rare = async (key: string) => {
    const rows = await engine.query<{ value: string }>(
      `SELECT SpanAttributes[{key:String}] AS value FROM otel_traces
       WHERE cityHash64(SpanId) % 97 = 0 AND mapContains(SpanAttributes, {key:String})
       ORDER BY cityHash64(value) LIMIT {runs:UInt32}`,
      { key, runs },
      { maxSeconds: 60 },
    );
    return rows.map(({ value }) => ({ key, value }));
  };
  const users = await rare('enduser.pseudo.id');
  const messages = await rare('messaging.message.id');
  const common: Attribute[] = [
    { key: 'app.customer.tier', value: 'business' },
    { key: 'http.response.status_code', value: '404' },
    { key: 'db.collection.name', value: 'orders' },
    { key: 'host.name', value: 'node-3' },
  ];
  return Array.from({ length: runs }, (_, i) => {
    if (i % 3 === 2) return common[Math.floor(i / 3) % common.length]!;
    const from = i % 3 === 0 ? users : messages;
    return from[i % from.length]!;
  });
}
