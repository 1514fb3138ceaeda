/** One worker of the checkout: takes four orders at once; more wait in its line. */
import { metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { call, callJson, Refused } from './call.ts';
import type { CartLine } from './cart.ts';
import { openDatabase } from './database.ts';
import { log } from './log.ts';
import { ORDERS_AT_ONCE } from './messages.ts';
import type { Charge } from './payment.ts';
import { openQueue } from './queue.ts';
import { Semaphore } from './semaphore.ts';
import { type Answer, json } from './server.ts';
import type { Service, Surroundings } from './service.ts';
import { SHOP_FILE } from './tables.ts';

/** Longer lines are of no use to anybody: who would be last waits longer than shop-web does. */
const MAX_WAITING = 60;

export interface Order {
  id: number;
  cents: number;
  /** `paid`, then `sent` by fulfilment. */
  state: string;
}

export function checkout(surroundings: Surroundings): Service {
  const { folder, tell } = surroundings;
  const database = openDatabase(folder, SHOP_FILE);
  const queue = openQueue(folder);
  const line = new Line(tell);
  const place = async (cart: string): Promise<Answer> => {
    const { peer } = surroundings;
    const lines = await callJson<CartLine[]>(`${peer('cart')}/carts/${cart}`);
    const cents = lines.reduce((sum, { cents, quantity }) => sum + cents * quantity, 0);
    if (lines.length === 0) return json(409, { error: 'The cart is empty.' });
    const charge = await callJson<Charge>(`${peer('payment')}/charges`, { method: 'POST', body: { cents } });
    const [order] = await database.run<Order>(
      'INSERT orders',
      `INSERT INTO orders (cents, charge, state) VALUES (?, ?, 'paid') RETURNING id, cents, state`,
      [cents, charge.id],
    );
    queue.send({ order: order!.id });
    await call(`${peer('cart')}/carts/${cart}`, { method: 'DELETE' });
    log.info('An order was placed.', { 'shop.order.id': order!.id, 'shop.order.cents': cents });
    return json(201, order);
  };
  return {
    routes: [
      {
        method: 'POST',
        path: '/orders',
        handle: ({ body }) => line.through(() => place(encodeURIComponent(JSON.parse(body).cart))),
      },
      {
        method: 'GET',
        path: '/orders/:id',
        handle: async ({ params }) => {
          const [order] = await database.run<Order>(
            'SELECT orders',
            'SELECT id, cents, state FROM orders WHERE id = ?',
            [params.id!],
          );
          return order ? json(200, order) : json(404, { error: 'There is no such order.' });
        },
      },
    ],
    stop: () => {
      queue.close();
      database.close();
    },
  };
}

/** The four places and the line before them, measured. */
class Line {
  readonly #places = new Semaphore(ORDERS_AT_ONCE);
  readonly #tell: Surroundings['tell'];
  readonly #wait = metrics
    .getMeter('shop.checkout')
    .createHistogram('shop.checkout.wait.duration', { unit: 's', description: 'Wait for one of the places' });
  #done = 0;

  constructor(tell: Surroundings['tell']) {
    this.#tell = tell;
    const meter = metrics.getMeter('shop.checkout');
    const gauge = (name: string, unit: string, description: string, value: () => number) =>
      meter
        .createObservableGauge(name, { unit, description })
        .addCallback((result) => result.observe(value()));
    gauge('shop.checkout.orders.running', '{order}', 'Orders in work', () => this.#places.running);
    gauge('shop.checkout.orders.waiting', '{order}', 'Orders in line', () => this.#places.waiting);
    const share = () => this.#places.running / ORDERS_AT_ONCE;
    gauge('shop.checkout.saturation', '1', 'Share of the places that is taken', share);
  }

  async through(work: () => Promise<Answer>): Promise<Answer> {
    if (this.#places.waiting >= MAX_WAITING) return tooMany();
    const began = performance.now();
    const entered = this.#places.enter();
    this.#say();
    await entered;
    this.#say();
    const waited = performance.now() - began;
    this.#wait.record(waited / 1_000);
    trace
      .getActiveSpan()
      ?.setAttribute('shop.checkout.wait_ms', Math.round(waited))
      .addEvent('order taken up');
    try {
      return await work();
    } catch (thrown) {
      return failed(thrown as Error);
    } finally {
      this.#places.leave();
      this.#done++;
      this.#say();
    }
  }

  #say(): void {
    const { running, waiting } = this.#places;
    this.#tell({ type: 'orders', running, waiting, done: this.#done });
  }
}

function tooMany(): Answer {
  const error = 'Too many orders wait already.';
  trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.ERROR, message: error });
  return { ...json(503, { error }), headers: { 'Content-Type': 'application/json', 'Retry-After': '5' } };
}

/** What another service could not do is said as that; anything else is this one's own failure. */
function failed(error: Error): Answer {
  if (!(error instanceof Refused)) throw error;
  log.error('An order failed.', { 'exception.message': error.message });
  return json(502, { error: error.message });
}
