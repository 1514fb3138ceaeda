/** `/transactions` and `/transactions/:name` over spans that were stored and counted. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Desk } from '../../api/desk.ts';
import { transactionRoutes } from '../../api/transactions.ts';
import type { IncidentSummary } from '../../model/incident.ts';
import type { TransactionsView, TransactionView } from '../../model/transaction.ts';
import { countSlos } from '../../store/slo/count.ts';
import { type FrontDoor, openFrontDoor } from '../store/front-door.ts';
import { requestOf, type SpanSpec, slosOf } from '../store/slo-setting.ts';
import { IDLE_DESK } from './idle-desk.ts';

const MINUTE = 60_000;
const NOW = Math.floor(Date.now() / MINUTE) * MINUTE;
/** Minutes ago. */
const ago = (minutes: number) => NOW - minutes * MINUTE;

const SLOS = `slos:
  - { name: orders, summary: An order is placed, objective: 90%, window: { rolling: 28d }, value: { amount: 20, currency: EUR },
      transaction: { service: checkout, operation: order }, good: { faster_than: 1s } }
  - { name: cleaned, objective: 90%, transaction: { service: checkout, operation: order },
      maintenance: { periods: [{ from: "${new Date(ago(21)).toISOString()}", to: "${new Date(ago(19)).toISOString()}" }] } }
  - { name: unused, objective: 99%, transaction: { service: nobody } }
  - { name: points, objective: 99%, bad: { metric: failures }, total: { metric: requests } }
  - { name: silent, objective: 99%, transaction: { service: gone } }
  - name: both
    objective: 50%
    transaction: { sequence: [{ service: checkout, operation: order }, { service: payment, operation: charge }] }
`;

/** An order: the checkout's span with the payment's below it. */
function order(at: number, ms: number, failed = false): SpanSpec[] {
  const trace = randomBytes(16).toString('hex');
  const id = randomBytes(8).toString('hex');
  const charge = { service: 'payment', name: 'charge', at: at + 1, ms: ms - 2, trace, parent: id };
  return [
    { service: 'checkout', name: 'order', at, ms, trace, id, failed },
    { ...charge, failed, ...(failed ? { version: '1.4.3', attributes: { 'error.type': 'CardError' } } : {}) },
  ];
}

const incident = {
  ...{ number: 7, rule: 'r', title: 't', severity: '', status: 'resolved', firing: 0, alerts: 1 },
  ...{ openedAt: ago(20), resolvedAt: ago(19), flapping: false, labels: { service: 'payment' }, group: {} },
} satisfies IncidentSummary;
const other = { ...incident, number: 8, openedAt: ago(60), resolvedAt: null, labels: { service: 'search' } };

let door: FrontDoor;
let ask: <T>(path: string) => Promise<T>;

beforeAll(async () => {
  door = await openFrontDoor();
  const slos = slosOf(SLOS);
  const many = Array.from({ length: 30 }, () => ({ service: 'gone', name: 'x', at: ago(28) }));
  await door.store(
    'traces',
    ...[
      ...Array.from({ length: 17 }, () => order(ago(25), 100)).flat(),
      ...order(ago(20), 200, true),
      ...order(ago(20), 300, true),
      ...order(ago(5), 1_500),
      ...many,
    ].map(requestOf),
  );
  await countSlos(door.engine, slos);
  const desk: Desk = {
    ...IDLE_DESK,
    set: () => ({ ...IDLE_DESK.set(), slos }),
    incidents: { ...IDLE_DESK.incidents, list: () => ({ incidents: [other, incident], next: null }) },
  };
  const clock = { now: () => NOW + 30_000 };
  const routes = transactionRoutes(door.engine, desk, clock as never);
  ask = async (path) => (await (await routes.request(path)).json()) as never;
});
afterAll(() => door?.stop());

test('the list has the worst first, each with its numbers and its state', async () => {
  const { transactions } = await ask<TransactionsView>('/transactions');
  expect(transactions.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'orders bad',
    'silent blind',
    'both ok',
    'cleaned ok',
    'points new',
    'unused new',
  ]);
  const orders = transactions[0]!;
  expect(orders).toMatchObject({ valid: 20, bad: 3, kept: 0.85, keptBefore: null, isSampled: false });
  expect(orders.budgetLeft).toBeCloseTo(-0.5, 9);
  expect(orders.spentIn.kind).toBe('spent');
  expect(orders.lost).toEqual({ amount: 60, currency: 'EUR' });
  expect([orders.days, orders.daysWithEvents, orders.burnDown.length]).toEqual([28, 1, 40]);
  expect(orders.burnDown.at(-1)).toBeCloseTo(-0.5, 9);
  expect([orders.firstSeen, orders.lastSeen]).toEqual([ago(25), ago(5)]);
});

test('nothing seen is no data, and metrics are not counted by minute', async () => {
  const { transactions } = await ask<TransactionsView>('/transactions');
  const of = (name: string) => transactions.find((one) => one.name === name);
  expect(of('unused')).toMatchObject({
    valid: 0,
    kept: null,
    budgetLeft: null,
    isCounted: true,
    burnDown: [],
  });
  expect(of('points')).toMatchObject({ kept: null, isCounted: false });
});

test('maintenance counts for nothing', async () => {
  const { transaction } = await ask<TransactionView>('/transactions/cleaned');
  expect(transaction).toMatchObject({ valid: 18, bad: 0, excludedMs: 2 * MINUTE });
});

test('a promise tells what spent it, where its time goes and which traces to look at', async () => {
  const view = await ask<TransactionView>('/transactions/orders');
  expect(view.missing).toEqual([]);
  expect(view.spent.map(({ kind, name, bad }) => [kind, name, bad])).toEqual([
    ['incident', '7', 2],
    ['release', 'payment 1.4.3', 1],
  ]);
  expect(view.reasons).toEqual([
    { kind: 'error', service: 'payment', version: '1.4.3', what: 'CardError', traces: 2 },
    { kind: 'slow', service: 'payment', version: '', what: 'charge', traces: 1 },
  ]);
  expect(view.badSample).toMatchObject({ traces: 3, of: 3 });
  expect(view.sample).toMatchObject({ traces: 20, of: 20 });
  expect(view.tiers.map(({ service }) => service)).toEqual(['payment', 'checkout']);
  expect(view.tiers[0]!.share).toBeGreaterThan(0.9);
  expect(view.worst.map(({ failed, durationMs }) => [failed, durationMs])).toEqual([
    [true, 300],
    [true, 200],
    [false, 1_500],
  ]);
});

test('its slots add up, and another objective would have failed at another moment', async () => {
  const { slots, slotMs, comparisons, transaction } = await ask<TransactionView>('/transactions/orders');
  expect(slotMs).toBe(MINUTE);
  expect(slots.reduce((sum, { valid }) => sum + valid, 0)).toBe(20);
  expect(slots.at(-1)!.at + slotMs).toBe(transaction.to);
  const failed = Object.fromEntries(comparisons.map(({ objective, failedAt }) => [objective, failedAt]));
  expect([failed['0.9'], failed['0.95'], failed['0.99']]).toEqual([ago(5), ago(20), ago(20)]);
});

test('a sequence is sampled as its whole traces', async () => {
  const view = await ask<TransactionView>('/transactions/both');
  expect(view.transaction).toMatchObject({ valid: 20, bad: 2 });
  expect(view.worst).toHaveLength(2);
  expect(view.tiers[0]).toMatchObject({ service: 'payment' });
});

test('silence of 15 minutes and more is said', async () => {
  const { silent } = await ask<TransactionView>('/transactions/cleaned');
  expect(silent).toEqual([{ from: ago(24), to: ago(5) }]);
});
