/** The map beyond services: databases, queues and hosts that are known only from the spans of their callers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refreshEdges } from '../../store/edges.ts';
import { readEdge } from '../../store/queries/edge.ts';
import { readMap } from '../../store/queries/map.ts';
import { startTestEngine, store, type TestEngine } from '../helpers/engine.ts';
import { newSpanId, newTraceId, type SpanSpec, traceRequest } from '../helpers/otlp.ts';

const KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };
const MINUTE_MS = 60_000;
const BASE = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 30 * MINUTE_MS;
const RANGE = { from: BASE - 5 * MINUTE_MS, to: BASE + 20 * MINUTE_MS };

let it: TestEngine;
let watermark = 0;
const send = (service: string, ...spans: SpanSpec[]) =>
  store(it, traceRequest({ service, version: `${service}-1`, environment: 'prod', spans }));
const refresh = async () => {
  watermark = await refreshEdges(it.engine, watermark);
};
const edges = async (service: string) =>
  (await readMap(it.engine, RANGE, '')).edges
    .filter(({ from, to }) => [from, to].includes(`service:${service}`))
    .map(({ from, to, requests, errors }) => [from, to, requests, errors])
    .sort();
const call = (attributes: Record<string, string>, more: SpanSpec = {}): SpanSpec => ({
  kind: KIND.client,
  start: BASE,
  durationMs: 10,
  attributes,
  ...more,
});

beforeAll(async () => {
  it = await startTestEngine();
});
afterAll(() => it?.stop());

describe('a call is an edge to', () => {
  test('a database by system and namespace, by present and former names', async () => {
    await send(
      'db-user',
      call({ 'db.system.name': 'postgresql', 'db.namespace': 'orders', 'server.address': 'pg' }),
      call({ 'db.system': 'postgresql', 'db.name': 'orders' }, { status: { code: 2 } }),
      call({ 'db.system': 'redis', 'server.address': 'cache' }),
      call({ 'db.system': 'sqlite' }),
    );
    await refresh();
    expect(await edges('db-user')).toEqual([
      ['service:db-user', 'database:postgresql/orders', 2, 1],
      ['service:db-user', 'database:redis/cache', 1, 0],
      ['service:db-user', 'database:sqlite/', 1, 0],
    ]);
  });

  test('a queue, which is also read from', async () => {
    const kafka = { 'messaging.system': 'kafka', 'messaging.destination.name': 'mail' };
    await send('writer', call(kafka, { kind: KIND.producer }));
    await send('reader', call(kafka, { kind: KIND.consumer }));
    await send(
      'asker',
      call({ ...kafka, 'messaging.destination.name': 'tmp-1', 'messaging.destination.temporary': 'true' }),
    );
    await refresh();
    expect(await edges('writer')).toEqual([['service:writer', 'queue:kafka/mail', 1, 0]]);
    expect(await edges('reader')).toEqual([['queue:kafka/mail', 'service:reader', 1, 0]]);
    expect(await edges('asker')).toEqual([['service:asker', 'queue:kafka/(temporary)', 1, 0]]);
  });

  test('a host that sends no spans, by its service name, address or URL; to nothing without any', async () => {
    await send(
      'caller',
      call({ 'server.address': 'api.example.com' }),
      call({ 'http.url': 'https://api.example.com:443/x?y' }),
      call({ 'rpc.system': 'grpc', 'net.peer.name': 'legacy' }),
      call({}),
      call({ 'server.address': 'not-a-call' }, { kind: KIND.internal }),
    );
    await refresh();
    expect(await edges('caller')).toEqual([
      ['service:caller', 'host:api.example.com', 2, 0],
      ['service:caller', 'host:grpc/legacy', 1, 0],
    ]);
  });

  test('the service that answered it and not to its host, even if the answer comes late and a minute after', async () => {
    const [traceId, spanId] = [newTraceId(), newSpanId()];
    await send(
      'front',
      call({ 'server.address': 'back.local' }, { traceId, spanId, start: BASE + MINUTE_MS - 5 }),
    );
    await refresh();
    expect(await edges('front')).toEqual([['service:front', 'host:back.local', 1, 0]]);
    await send('back', { traceId, parentSpanId: spanId, kind: KIND.server, start: BASE + MINUTE_MS + 5 });
    await refresh();
    expect(await edges('front')).toEqual([['service:front', 'service:back', 1, 0]]);
  });
});

test('a service that calls nothing is on the map, and so are the releases that were first seen then', async () => {
  await send('hermit', { kind: KIND.internal, start: BASE });
  const { nodes, releases } = await readMap(it.engine, RANGE, 'prod');
  expect(nodes.find(({ id }) => id === 'service:hermit')).toMatchObject({ kind: 'service', name: 'hermit' });
  expect(releases).toContainEqual({ service: 'hermit', version: 'hermit-1', at: BASE });
  expect((await readMap(it.engine, RANGE, 'elsewhere')).nodes).toEqual([]);
});

describe('an edge is told by its operations', () => {
  test('of the called service, only those that this caller asked for', async () => {
    const [traceId, spanId] = [newTraceId(), newSpanId()];
    await send('web', { traceId, spanId, kind: KIND.client, start: BASE + 10 * MINUTE_MS });
    const answer = { kind: KIND.server, start: BASE + 10 * MINUTE_MS + 1, durationMs: 20 };
    await send(
      'api',
      { ...answer, traceId, parentSpanId: spanId, name: 'GET /x', status: { code: 2 } },
      { ...answer, name: 'GET /y' },
    );
    const { operations } = await readEdge(it.engine, RANGE, '', 'service:web', 'service:api');
    expect(operations).toMatchObject([
      {
        service: 'api',
        operation: 'GET /x',
        requests: 1,
        errors: 1,
        slowestTrace: traceId,
        failedTrace: traceId,
      },
    ]);
  });

  test('of the calling service where the called one sends no spans', async () => {
    const db = { 'db.system.name': 'mysql', 'db.namespace': 'shop/1' };
    await send('owner', call(db, { name: 'SELECT x', start: BASE + 11 * MINUTE_MS }));
    const { operations } = await readEdge(it.engine, RANGE, '', 'service:owner', 'database:mysql/shop/1');
    expect(operations).toMatchObject([
      { service: 'owner', operation: 'SELECT x', requests: 1, failedTrace: '' },
    ]);
  });
});
