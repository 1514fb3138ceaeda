/** The search selects exactly what it is asked for, and a trace is read back whole. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSpans, readTrace, readTraceOutline } from '../../store/queries/trace.ts';
import { searchTraces, type TraceFilter } from '../../store/queries/traces.ts';
import { startTestEngine, store, type TestEngine } from '../helpers/engine.ts';
import { newTraceId, type ResourceSpec, type SpanSpec, traceRequest } from '../helpers/otlp.ts';

const T0 = Math.floor(Date.now() / 1_000) * 1_000 - 600_000;
const RANGE = { from: T0, to: T0 + 60_000 };
const ALL: TraceFilter = { range: RANGE, env: '', sort: 'recent', limit: 50 };
const ROOT = '00000000000000a1';

const TRACES: Record<string, (traceId: string) => ResourceSpec[]> = {
  fast: (traceId) => [
    {
      service: 'web',
      environment: 'prod',
      attributes: { 'host.name': 'node-1' },
      spans: [
        { traceId, spanId: ROOT, name: 'GET /', start: T0, durationMs: 5, attributes: { user: 'ann' } },
      ],
    },
  ],
  slow: (traceId) => [
    {
      service: 'web',
      environment: 'prod',
      attributes: { 'host.name': 'node-2', user: 'bob' },
      spans: [{ traceId, spanId: ROOT, name: 'GET /slow', start: T0 + 10_000, durationMs: 900 }],
    },
    {
      service: 'cart',
      environment: 'prod',
      spans: [
        {
          traceId,
          parentSpanId: ROOT,
          name: 'load',
          start: T0 + 10_100,
          durationMs: 300,
          status: { code: 2 },
        },
        {
          traceId,
          parentSpanId: ROOT,
          name: 'load',
          start: T0 + 10_500,
          durationMs: 100,
          attributes: { empty: '' },
        },
      ],
    },
  ],
  orphan: (traceId) => [
    {
      service: 'cart',
      environment: 'staging',
      spans: [{ traceId, parentSpanId: ROOT, name: 'load', kind: 5, start: T0 + 20_000, durationMs: 50 }],
    },
  ],
  'at the end': (traceId) => [
    { service: 'late', environment: 'edge', spans: [{ traceId, start: RANGE.to - 1, durationMs: 1 }] },
  ],
  'after the end': (traceId) => [
    { service: 'late', environment: 'edge', spans: [{ traceId, start: RANGE.to }] },
  ],
  'before the begin': (traceId) => [
    { service: 'late', environment: 'edge', spans: [{ traceId, start: T0 - 1 }] },
  ],
};
const ID = Object.fromEntries(Object.keys(TRACES).map((name) => [name, newTraceId()]));
const nameOf = (traceId: string) => Object.keys(ID).find((name) => ID[name] === traceId);

let it: TestEngine;
beforeAll(async () => {
  it = await startTestEngine();
  for (const [name, spec] of Object.entries(TRACES)) await store(it, traceRequest(...spec(ID[name]!)));
});
afterAll(() => it?.stop());

const search = async (filter: Partial<TraceFilter>) => {
  const { traces } = await searchTraces(it.engine, { ...ALL, ...filter });
  return traces.map((trace) => nameOf(trace.traceId));
};
const attribute = (key: string, value: string) => ({ attributes: [{ key, value }] });

describe('the search finds exactly', () => {
  test.each<[string, Partial<TraceFilter>, string[]]>([
    ['everything in the range, the latest first', {}, ['at the end', 'orphan', 'slow', 'fast']],
    ['the slowest first', { sort: 'slowest' }, ['slow', 'orphan', 'fast', 'at the end']],
    ['an environment', { env: 'staging' }, ['orphan']],
    ['a service, at the root or below', { service: 'cart' }, ['orphan', 'slow']],
    ['an operation', { operation: 'load' }, ['orphan', 'slow']],
    ['both on the same span', { service: 'web', operation: 'load' }, []],
    ['errors', { onlyErrors: true }, ['slow']],
    ['errors of the span that was asked for', { onlyErrors: true, service: 'web' }, []],
    ['at least', { minMs: 300 }, ['slow']],
    ['at least, to the nanosecond', { minMs: 900.000001 }, []],
    ['at most', { maxMs: 5 }, ['at the end', 'fast']],
    ['between', { minMs: 50, maxMs: 50 }, ['orphan']],
    ['an attribute of the span', attribute('user', 'ann'), ['fast']],
    ['an attribute of the resource', attribute('user', 'bob'), ['slow']],
    ['an attribute with no text', attribute('empty', ''), ['slow']],
    ['no attribute that is merely missing', attribute('never', ''), []],
    ['an attribute in its case', attribute('user', 'Ann'), []],
    ['text with quotes as text', attribute(`user'] OR 1 = 1 --`, `' OR '1'='1`), []],
    [
      'all of several attributes',
      {
        attributes: [
          { key: 'user', value: 'bob' },
          { key: 'host.name', value: 'node-2' },
        ],
      },
      ['slow'],
    ],
    [
      'not one of several',
      {
        attributes: [
          { key: 'user', value: 'ann' },
          { key: 'host.name', value: 'node-2' },
        ],
      },
      [],
    ],
  ])('%s', async (_, filter, wanted) => {
    expect(await search(filter)).toEqual(wanted);
  });

  test('as many as wanted, and says when there are more', async () => {
    const some = await searchTraces(it.engine, { ...ALL, limit: 2 });
    expect(some.traces.map((trace) => nameOf(trace.traceId))).toEqual(['at the end', 'orphan']);
    expect(some.more).toBe(true);
    expect((await searchTraces(it.engine, { ...ALL, limit: 4 })).more).toBe(false);
  });
});

describe('a hit shows', () => {
  const hit = async (name: string) =>
    (await searchTraces(it.engine, ALL)).traces.find((trace) => trace.traceId === ID[name]);

  test('its root, and how long, how many and how many failed over all services', async () => {
    expect(await hit('slow')).toEqual({
      traceId: ID.slow,
      service: 'web',
      operation: 'GET /slow',
      hasRoot: true,
      start: T0 + 10_000,
      durationMs: 900,
      spans: 3,
      errors: 1,
      services: ['web', 'cart'],
    });
  });

  test('its earliest span while the root is missing', async () => {
    expect(await hit('orphan')).toMatchObject({ service: 'cart', operation: 'load', hasRoot: false });
  });

  test('the whole trace although only one span of it matched', async () => {
    const { traces } = await searchTraces(it.engine, { ...ALL, onlyErrors: true });
    expect(traces).toMatchObject([{ service: 'web', spans: 3 }]);
  });
});

/** A trace in two requests, the child first; it begins before its parent, as skewed clocks have it. */
function skewed(traceId: string, linked: { traceId: string; spanId: string }): Buffer[] {
  const start = BigInt(T0) * 1_000_000n;
  const web = { service: 'web', attributes: { 'host.name': 'a' } };
  const child: SpanSpec = {
    traceId,
    spanId: 'b000000000000001',
    parentSpanId: ROOT,
    name: 'SELECT',
    kind: 3,
    start: start - 1n,
    end: start + 2_000_001n,
    status: { code: 2, message: 'deadlock' },
    events: [{ at: -500, name: 'early', attributes: { n: 1n } }],
  };
  const root: SpanSpec = { traceId, spanId: ROOT, start, durationMs: 10 };
  const other: SpanSpec = {
    ...{ traceId, spanId: 'c000000000000001', parentSpanId: ROOT, kind: 1, start: start + 1n, durationMs: 1 },
    links: [{ ...linked, attributes: { why: 'batch' } }],
  };
  return [
    traceRequest({ service: 'db', scope: { name: 'pg', version: '8.1' }, spans: [child] }),
    traceRequest({ ...web, scope: { name: 'http' }, spans: [root] }, { ...web, spans: [other] }),
  ];
}

describe('a trace is read back', () => {
  test('with all spans, resources, events and links, to the nanosecond', async () => {
    const traceId = newTraceId();
    const linked = { traceId: newTraceId(), spanId: 'abcdefabcdefabcd' };
    const web = { 'service.name': 'web', 'host.name': 'a' };
    const db = { 'service.name': 'db' };
    for (const request of skewed(traceId, linked)) await store(it, request);
    const trace = (await readTrace(it.engine, traceId))!;
    expect(trace).toMatchObject({ traceId, durationMs: 10.000001, truncated: false, resources: [db, web] });
    // A double holds a quarter of a microsecond today.
    expect(trace.start).toBeCloseTo(T0, 2);
    expect(trace.spans).toMatchObject([
      {
        spanId: 'b000000000000001',
        parentSpanId: ROOT,
        service: 'db',
        kind: 'Client',
        status: 'Error',
        statusMessage: 'deadlock',
        startMs: 0,
        durationMs: 2.000002,
        scope: 'pg 8.1',
        resource: 0,
        events: [{ atMs: -0.0005, name: 'early', attributes: { n: '1' } }],
      },
      {
        spanId: ROOT,
        parentSpanId: '',
        startMs: 0.000001,
        scope: 'http',
        resource: 1,
        events: [],
        links: [],
      },
      { startMs: 0.000002, resource: 1, links: [{ ...linked, attributes: { why: 'batch' } }] },
    ]);
  });

  test('also when its spans lie hours apart', async () => {
    const traceId = newTraceId();
    for (const hours of [0, 30])
      await store(
        it,
        traceRequest({ service: 'batch', spans: [{ traceId, start: T0 - hours * 3_600_000 }] }),
      );
    expect((await readTrace(it.engine, traceId))!.spans).toHaveLength(2);
  });

  test('with long values cut, saying how long they were, so that no trace is too large to answer', async () => {
    const traceId = newTraceId();
    const attributes = { short: 'as it is', long: 'ä'.repeat(500_000) };
    await store(it, traceRequest({ service: 'web', spans: [{ traceId, start: T0, attributes }] }));
    const [span] = (await readTrace(it.engine, traceId))!.spans;
    expect(span!.attributes.short).toBe('as it is');
    expect(span!.attributes.long).toMatch(/^ä{16384} … cut, 1000000 bytes in all$/);
  });

  test('as an outline, and each of its spans by itself, they say the same as the whole', async () => {
    const traceId = newTraceId();
    const linked = { traceId: newTraceId(), spanId: 'abcdefabcdefabcd' };
    for (const request of skewed(traceId, linked)) await store(it, request);
    const whole = (await readTrace(it.engine, traceId))!;
    const { resources, ...rest } = whole;
    const outline = (await readTraceOutline(it.engine, traceId))!;
    expect(rest).toMatchObject(outline);
    expect(outline.spans).toHaveLength(whole.spans.length);
    for (const span of whole.spans) {
      const { spans, resources: its } = await readSpans(it.engine, traceId, span.spanId);
      expect(spans.map((each) => ({ ...each, resource: its[each.resource] }))).toEqual(
        whole.spans
          .filter(({ spanId }) => spanId === span.spanId)
          .map((each) => ({ ...each, resource: resources[each.resource] })),
      );
    }
  });

  test('with every one of many spans, whose times spread over its granules', async () => {
    const traceId = newTraceId();
    const spans = Array.from({ length: 10_000 }, (_, i) => ({ traceId, start: T0 + i }));
    for (let i = 0; i < 10; i++)
      await store(it, traceRequest({ service: `part-${i}`, spans: spans.slice(i * 1_000, (i + 1) * 1_000) }));
    expect((await readTraceOutline(it.engine, traceId))!.spans).toHaveLength(10_000);
    expect((await readTrace(it.engine, traceId))!.spans).toHaveLength(10_000);
  });

  test('as null when there is none', async () => {
    expect(await readTrace(it.engine, newTraceId())).toBeNull();
    expect(await readTraceOutline(it.engine, newTraceId())).toBeNull();
    expect(await readSpans(it.engine, newTraceId(), 'abcdefabcdefabcd')).toEqual({
      spans: [],
      resources: [],
    });
  });
});
