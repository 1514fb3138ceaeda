/** What visitors have put aside. Its memory is what the demo's leak fills. */
import { callJson } from './call.ts';
import type { Product } from './catalogue.ts';
import { openDatabase } from './database.ts';
import { log } from './log.ts';
import { type Asked, json, type Route } from './server.ts';
import type { Service, Surroundings } from './service.ts';
import { SHOP_FILE } from './tables.ts';

export interface CartLine {
  product: number;
  name: string;
  cents: number;
  quantity: number;
}

/** For each request while it leaks; at normal load about a megabyte a second. */
const LEAK_BYTES = 128 * 1024;
/** Enough to be seen, too little to hurt the machine. */
const LEAK_MAX_BYTES = 192 * 2 ** 20;

const ADD = `INSERT INTO cart_lines (cart, product, name, cents, quantity) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (cart, product) DO UPDATE SET quantity = quantity + excluded.quantity`;

export function cart({ folder, peer }: Surroundings): Service {
  const database = openDatabase(folder, SHOP_FILE);
  const leak = new Leak();
  const lines = ({ params }: Asked) =>
    database.run<CartLine>(
      'SELECT cart_lines',
      'SELECT product, name, cents, quantity FROM cart_lines WHERE cart = ? ORDER BY name',
      [params.id!],
    );
  const add = async ({ params, body }: Asked) => {
    const wanted = JSON.parse(body) as { product: number; quantity: number };
    const product = await callJson<Product>(`${peer('catalogue')}/products/${Number(wanted.product)}`);
    const values = [params.id!, product.id, product.name, product.cents, wanted.quantity];
    await database.run('INSERT cart_lines', ADD, values);
    return json(201, { product: product.id });
  };
  const routes: Route[] = [
    { method: 'GET', path: '/carts/:id', handle: async (asked) => json(200, await lines(asked)) },
    { method: 'POST', path: '/carts/:id/lines', handle: add },
    {
      method: 'DELETE',
      path: '/carts/:id',
      handle: async ({ params }) => {
        await database.run('DELETE cart_lines', 'DELETE FROM cart_lines WHERE cart = ?', [params.id!]);
        return json(200, {});
      },
    },
  ];
  return {
    routes: routes.map((route) => ({
      ...route,
      handle: (asked) => {
        leak.grow();
        return route.handle(asked);
      },
    })),
    behave: (behaviour) => leak.turn(behaviour.leak),
    stop: () => database.close(),
  };
}

/** Keeps something of every visitor and never lets go. */
class Leak {
  #kept: Buffer[] = [];
  #on = false;

  turn(on: boolean): void {
    this.#on = on;
    if (!on) this.#kept = [];
  }

  grow(): void {
    if (!this.#on || this.#kept.length * LEAK_BYTES >= LEAK_MAX_BYTES) return;
    // Filled, because memory that was never written to is not memory yet.
    this.#kept.push(Buffer.alloc(LEAK_BYTES, 1));
    if (this.#kept.length % 200 === 0)
      log.warn('The cache of carts grows.', { 'shop.cart.cache.entries': this.#kept.length });
  }
}
