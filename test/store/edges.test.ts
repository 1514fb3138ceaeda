/** Edges between services, from spans that arrive in any order and late. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stretches } from '../../store/arrivals.ts';
import { edgesWatermark, refreshEdges } from '../../store/edges.ts';
import { attributes, type FrontDoor, openFrontDoor } from './front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door?.stop());

const MINUTE_MS = 60_000;
/** The beginning of a minute some minutes ago. */
const BASE = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 30 * MINUTE_MS;
const KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

interface Call {
  traceId: Uint8Array;
  spanId: Uint8Array;
}
interface SpanSpec {
  service: string;
  kind: keyof typeof KIND;
  /** Milliseconds after BASE. */
  at: number;
  parent?: Call;
  ms?: number;
  failed?: boolean;
  traceState?: string;
}

let waiting: object[] = [];
/** What was sent so far becomes a segment. */
async function store(): Promise<void> {
  await door.store('traces', ...waiting);
  waiting = [];
}

/** A span of the next segment; what its children need to know. */
function send({ service, kind, at, parent, ms = 1, failed, traceState = '' }: SpanSpec): Call {
  const call = {
    traceId: parent?.traceId ?? new Uint8Array(randomBytes(16)),
    spanId: new Uint8Array(randomBytes(8)),
  };
  sendAs(call, {
    service,
    kind,
    at,
    ms,
    traceState,
    ...(parent ? { parent } : {}),
    ...(failed ? { failed } : {}),
  });
  return call;
}

function sendAs(call: Call, { service, kind, at, parent, ms = 1, failed, traceState = '' }: SpanSpec) {
  const start = BigInt(BASE + at) * 1_000_000n;
  const span = {
    ...call,
    parentSpanId: parent?.spanId ?? new Uint8Array(0),
    name: 'x',
    kind: KIND[kind],
    startTimeUnixNano: start,
    endTimeUnixNano: start + BigInt(ms) * 1_000_000n,
    traceState,
    ...(failed ? { status: { code: 2 } } : {}),
  };
  const resource = {
    attributes: attributes({ 'service.name': service, 'deployment.environment.name': 'prod' }),
  };
  waiting.push({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
}

let watermark = 0;
const refresh = async () => {
  if (waiting.length > 0) await store();
  watermark = await refreshEdges(door.engine, watermark);
};
const edges = (client: string) =>
  door.engine.query(
    `SELECT (toUnixTimestamp(Minute) * 1000 - {base:Int64}) / 60000 AS minute, Environment AS env, Server AS server,
       Calls AS calls, Errors AS errors, DurationNs / 1e6 AS ms
     FROM service_edges_1m FINAL WHERE Client = {client:String} ORDER BY minute, server`,
    { base: BASE, client },
  );

test('a call is an edge at the minute of its server span, with errors and time', async () => {
  const client = send({ service: 'web', kind: 'client', at: 59_999 });
  await store();
  send({ service: 'cart', kind: 'server', at: 60_001, parent: client, ms: 30 });
  const failing = send({ service: 'web', kind: 'client', at: 61_000 });
  send({ service: 'cart', kind: 'server', at: 61_001, parent: failing, ms: 10, failed: true });
  await refresh();
  expect(await edges('web')).toEqual([
    { minute: 1, env: 'prod', server: 'cart', calls: 2, errors: 1, ms: 40 },
  ]);
  const [row] = await door.engine.query<{ buckets: number[]; calls: number[] }>(
    "SELECT Buckets.Bucket AS buckets, Buckets.Calls AS calls FROM service_edges_1m FINAL WHERE Client = 'web'",
  );
  expect(row).toEqual({ buckets: [10e6, 30e6].map((ns) => Math.ceil(Math.log2(ns) * 8) - 1), calls: [1, 1] });
});

test('a parent that comes late completes its minute, which is replaced and not added to', async () => {
  const first = send({ service: 'late', kind: 'client', at: 5 * MINUTE_MS });
  send({ service: 'stock', kind: 'server', at: 5 * MINUTE_MS + 5, parent: first });
  const second = { traceId: new Uint8Array(randomBytes(16)), spanId: new Uint8Array(randomBytes(8)) };
  send({ service: 'stock', kind: 'server', at: 6 * MINUTE_MS + 5, parent: second });
  await refresh();
  const once = [{ minute: 5, env: 'prod', server: 'stock', calls: 1, errors: 0, ms: 1 }];
  expect(await edges('late')).toEqual(once);
  await refresh();
  expect(await edges('late'), 'read again').toEqual(once);
  sendAs(second, { service: 'late', kind: 'client', at: 6 * MINUTE_MS - 1_000 });
  const third = send({ service: 'late', kind: 'client', at: 5 * MINUTE_MS + 100 });
  send({ service: 'stock', kind: 'server', at: 5 * MINUTE_MS + 105, parent: third });
  await refresh();
  expect(await edges('late')).toEqual([
    { ...once[0], calls: 2, ms: 2 },
    { ...once[0], minute: 6 },
  ]);
});

test('messages, internal parents and sampled calls count; probes, roots and calls within a process do not', async () => {
  const at = 10 * MINUTE_MS;
  const message = send({ service: 'a', kind: 'producer', at: at - 14 * MINUTE_MS });
  send({ service: 'mail', kind: 'consumer', at, parent: message });
  send({ service: 'audit', kind: 'consumer', at, parent: message });
  const internal = send({ service: 'a', kind: 'internal', at });
  send({ service: 'b', kind: 'server', at, parent: internal });
  send({ service: 'a', kind: 'consumer', at, parent: internal });
  const sampled = send({ service: 'a', kind: 'client', at, traceState: 'ot=th:8' });
  send({ service: 'c', kind: 'server', at, parent: sampled, traceState: 'ot=th:8' });
  const probe = send({ service: 'a', kind: 'client', at, traceState: 'lw=p' });
  send({ service: 'd', kind: 'server', at, parent: probe, traceState: 'lw=p' });
  send({ service: 'e', kind: 'server', at });
  await refresh();
  const found = (await edges('a')) as { server: string; calls: number }[];
  expect(found.map(({ server, calls }) => [server, calls])).toEqual([
    ['audit', 1],
    ['b', 1],
    ['c', 2],
    ['mail', 1],
  ]);
});

test('a parent that was sent twice makes no second call', async () => {
  const call = send({ service: 'twice', kind: 'client', at: 20 * MINUTE_MS });
  sendAs(call, { service: 'twice', kind: 'client', at: 20 * MINUTE_MS });
  send({ service: 'once', kind: 'server', at: 20 * MINUTE_MS, parent: call });
  await refresh();
  expect(await edges('twice')).toMatchObject([{ calls: 1 }]);
});

test('a new process goes on where the last one stopped', async () => {
  expect(await edgesWatermark(door.engine)).toBe(watermark);
});

test('minutes to read are joined to stretches of at most three', () => {
  expect(stretches([])).toEqual([]);
  expect(stretches([60])).toEqual([[60, 180]]);
  expect(stretches([120, 60, 600])).toEqual([
    [60, 240],
    [600, 720],
  ]);
  expect(stretches([0, 60, 120, 180])).toEqual([
    [0, 180],
    [180, 300],
  ]);
});
