/** What promises are about, counted by minute from real spans: late, twice, sampled, in sequence. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import type { Slo } from '../../model/rule.ts';
import type { SignalSpec } from '../../model/signal.ts';
import { createSignalSource } from '../../store/signals/source.ts';
import { countSlos } from '../../store/slo/count.ts';
import { countedFrom } from '../../store/slo/matching.ts';
import { type FrontDoor, openFrontDoor } from './front-door.ts';
import { requestOf, type SpanSpec, slosOf } from './slo-setting.ts';

const MINUTE_MS = 60_000;
/** The beginning of a minute some minutes ago. */
const BASE = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 30 * MINUTE_MS;

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door?.stop());

/** Each test has services of its own, so that all can share one engine. */
let tests = 0;
const own = () => `shop${++tests}`;

const send = (...spans: SpanSpec[]) => door.store('traces', ...spans.map(requestOf));
const traceId = () => randomBytes(16).toString('hex');

/** Counts, and gives the minutes of a promise after BASE: [minute, valid, bad]. */
async function counts(...slos: Slo[]): Promise<[number, number, number][]> {
  await countSlos(door.engine, slos);
  const [{ name, definition }] = slos as [Slo];
  const rows = await door.engine.query<{ at: number; valid: number; bad: number }>(
    `SELECT (toUnixTimestamp(Minute) - {base:UInt32}) / 60 AS at, Valid AS valid, Bad AS bad FROM slo_1m FINAL
     WHERE Slo = {name:String} AND Definition = {definition:String} AND Valid > 0 ORDER BY Minute`,
    { name, definition, base: BASE / 1_000 },
  );
  return rows.map(({ at, valid, bad }) => [at, valid, bad]);
}

const one = (yaml: string): Slo => slosOf(`slos:\n  - ${yaml}`)[0]!;
const quick = (service: string) =>
  one(
    `{ name: ${service}, objective: 99%, transaction: { service: ${service}, operation: POST /orders }, good: { faster_than: 300ms } }`,
  );
const plain = (service: string) =>
  one(`{ name: ${service}, objective: 99%, transaction: { service: ${service} } }`);
const sequence = (service: string, good = '') =>
  one(
    `{ name: ${service}, objective: 99%, transaction: { sequence: [{ service: ${service}-cart, operation: add }, { service: ${service}, operation: order }] }${good} }`,
  );

test('a promise without errors is counted from the rollup, one about time from spans', () => {
  const from = [plain('a'), quick('a'), sequence('a')].map(countedFrom);
  expect(from).toEqual(['rollup', 'spans', 'sequence']);
  const metric = one('{ name: m, objective: 99%, bad: { metric: failures }, total: { metric: requests } }');
  expect(countedFrom(metric)).toBe('none');
});

test('a span is bad when it failed or took as long as the limit, never twice', async () => {
  const service = own();
  const span = { service, name: 'POST /orders', at: BASE };
  await send(
    { ...span, ms: 299 },
    { ...span, ms: 300 },
    { ...span, ms: 20, failed: true },
    { ...span, ms: 900, failed: true },
    { ...span, name: 'GET /orders', failed: true },
    { ...span, kind: 'client', failed: true },
  );
  expect(await counts(quick(service))).toEqual([[0, 4, 3]]);
});

test('the rollup and the spans give the same', async () => {
  const service = own();
  const span = { service, name: 'x' };
  await send(
    { ...span, at: BASE },
    { ...span, at: BASE + 59_999, failed: true },
    { ...span, at: BASE + MINUTE_MS },
  );
  const raw = one(
    `{ name: ${service}-raw, objective: 99%, transaction: { service: ${service}, where: { scope.name: "~.*" } } }`,
  );
  expect(countedFrom(raw)).toBe('spans');
  const expected = [
    [0, 2, 1],
    [1, 1, 0],
  ];
  expect(await counts(plain(service))).toEqual(expected);
  expect(await counts(raw)).toEqual(expected);
});

test('a sampled span counts for those it stands for, a probe for nobody', async () => {
  const service = own();
  const span = { service, name: 'POST /orders', at: BASE };
  // th:c is a probability of 1/4.
  await send(
    { ...span, traceState: 'ot=th:c', failed: true },
    { ...span },
    { ...span, traceState: 'lw=p', failed: true },
  );
  expect(await counts(quick(service))).toEqual([[0, 5, 4]]);
  expect(await counts(plain(service))).toEqual([[0, 5, 4]]);
});

test('an attribute of the span can be asked for', async () => {
  const service = own();
  const span = { service, name: 'pay', at: BASE };
  await send(
    { ...span, attributes: { method: 'card' } },
    { ...span, attributes: { method: 'invoice' }, failed: true },
  );
  const cards = one(
    `{ name: ${service}, objective: 99%, transaction: { service: ${service}, where: { method: card } } }`,
  );
  expect(await counts(cards)).toEqual([[0, 1, 0]]);
});

test('what comes late is counted where it belongs, and counting again changes nothing', async () => {
  const service = own();
  const slo = quick(service);
  const span = { service, name: 'POST /orders' };
  await send({ ...span, at: BASE + 5 * MINUTE_MS });
  expect(await counts(slo)).toEqual([[5, 1, 0]]);
  await send({ ...span, at: BASE, failed: true }, { ...span, at: BASE + 5 * MINUTE_MS });
  const expected = [
    [0, 1, 1],
    [5, 2, 0],
  ];
  expect(await counts(slo)).toEqual(expected);
  expect(await counts(slo)).toEqual(expected);
});

test('a promise that is new, or counts something else now, is counted back', async () => {
  const service = own();
  await send({ service, name: 'POST /orders', at: BASE, ms: 250 });
  await countSlos(door.engine, []);
  const slo = quick(service);
  expect(await counts(slo)).toEqual([[0, 1, 0]]);
  const stricter = one(
    `{ name: ${service}, objective: 99%, transaction: { service: ${service} }, good: { faster_than: 200ms } }`,
  );
  expect(await counts(stricter)).toEqual([[0, 1, 1]]);
  const stricterPromise = { ...slo, objective: '0.999' };
  expect(await counts(stricterPromise), 'the objective is none of the counts').toEqual([[0, 1, 0]]);
});

test('a promise that was away for a time lacks nothing when it is back', async () => {
  const service = own();
  const slo = quick(service);
  const span = { service, name: 'POST /orders' };
  await send({ ...span, at: BASE });
  expect(await counts(slo)).toEqual([[0, 1, 0]]);
  await send({ ...span, at: BASE + MINUTE_MS });
  await countSlos(door.engine, []);
  await send({ ...span, at: BASE + 9 * MINUTE_MS });
  await countSlos(door.engine, []);
  expect(await counts(slo)).toEqual([
    [0, 1, 0],
    [1, 1, 0],
    [9, 1, 0],
  ]);
});

test('bad and total events of the older form are counted as well', async () => {
  const service = own();
  const span = { service, name: 'x', at: BASE };
  await send({ ...span }, { ...span, failed: true });
  const slo = one(
    `{ name: ${service}, objective: 99%, bad: { spans: count, where: { service.name: ${service}, status: error } }, total: { spans: count, where: { service.name: ${service} } } }`,
  );
  expect(countedFrom(slo)).toBe('rollup');
  expect(await counts(slo)).toEqual([[0, 2, 1]]);
});

test('a sequence counts in its order, across services, where it began', async () => {
  const service = own();
  const [whole, turned, half] = [traceId(), traceId(), traceId()];
  const add = { service: `${service}-cart`, name: 'add' };
  const order = { service, name: 'order' };
  await send(
    { ...add, trace: whole, at: BASE + 59_000 },
    { ...order, trace: whole, at: BASE + 61_000 },
    { ...order, trace: turned, at: BASE },
    { ...add, trace: turned, at: BASE + 1_000 },
    { ...add, trace: half, at: BASE },
  );
  expect(await counts(sequence(service))).toEqual([[0, 1, 0]]);
});

test('a sequence that fails on its way is bad, one that succeeds on another attempt is not', async () => {
  const service = own();
  const [failed, repeated, ended] = [traceId(), traceId(), traceId()];
  const add = { service: `${service}-cart`, name: 'add', at: BASE };
  const order = { service, name: 'order', at: BASE + 1_000 };
  await send(
    { ...add, trace: failed },
    { ...order, trace: failed, failed: true },
    { ...add, trace: repeated, failed: true },
    { ...add, trace: repeated, at: BASE + 500 },
    { ...order, trace: repeated },
    { ...add, trace: ended, failed: true },
  );
  expect(await counts(sequence(service))).toEqual([[0, 3, 2]]);
});

test('a sequence is as long as from its first span to the end of its last', async () => {
  const service = own();
  const [slow, fast] = [traceId(), traceId()];
  await send(
    { service: `${service}-cart`, name: 'add', trace: slow, at: BASE, ms: 10 },
    { service, name: 'order', trace: slow, at: BASE + 900, ms: 200 },
    { service: `${service}-cart`, name: 'add', trace: fast, at: BASE, ms: 10 },
    { service, name: 'order', trace: fast, at: BASE + 700, ms: 200 },
  );
  expect(await counts(sequence(service, ', good: { faster_than: 1s }'))).toEqual([[0, 2, 1]]);
});

test('a span that comes late can move a sequence to an earlier minute', async () => {
  const service = own();
  const slo = sequence(service);
  const trace = traceId();
  const add = { service: `${service}-cart`, name: 'add', trace };
  await send(
    { ...add, at: BASE + 3 * MINUTE_MS },
    { service, name: 'order', trace, at: BASE + 4 * MINUTE_MS },
  );
  expect(await counts(slo)).toEqual([[3, 1, 0]]);
  await send({ ...add, at: BASE + MINUTE_MS });
  expect(await counts(slo)).toEqual([[1, 1, 0]]);
});

test('a rule reads the burn rate of what was counted', async () => {
  const service = own();
  const slo = quick(service);
  const span = { service, name: 'POST /orders', at: BASE };
  await send({ ...span }, { ...span }, { ...span }, { ...span, ms: 500 });
  await countSlos(door.engine, [slo]);
  const source = createSignalSource(door.engine, systemClock);
  const { objective, bad, total } = slo;
  const burn = (long: number, factor: number): SignalSpec => ({
    ...{ kind: 'slo_burn', slo: slo.name, objective, bad, total },
    pairs: [{ long, short: 5 * MINUTE_MS, factor }],
  });
  const readings = await source.read(
    new Map([
      ['fast', burn(10 * MINUTE_MS, 24)],
      ['slow', burn(10 * MINUTE_MS, 26)],
    ]),
    BASE + 2 * MINUTE_MS,
  );
  // A quarter is bad where a hundredth may be: 25 times as fast as allowed.
  expect(readings.get('fast')).toMatchObject({
    ok: true,
    samples: [{ value: 1, details: { bad: 1, total: 4 } }],
  });
  expect(readings.get('slow')).toMatchObject({ samples: [{ value: 0 }] });
});
