/** What there is to buy. Its stocktaking is the demo's lock on the database. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Span, trace } from '@opentelemetry/api';
import { openDatabase } from './database.ts';
import { log } from './log.ts';
import { json } from './server.ts';
import type { Service, Surroundings } from './service.ts';
import { SHOP_FILE } from './tables.ts';

export interface Product {
  id: number;
  name: string;
  cents: number;
}

export function catalogue({ folder }: Surroundings): Service {
  const database = openDatabase(folder, SHOP_FILE);
  const stocktaking = new Stocktaking(folder);
  return {
    routes: [
      {
        method: 'GET',
        path: '/products',
        handle: async () =>
          json(
            200,
            await database.run<Product>(
              'SELECT products',
              'SELECT id, name, cents FROM products ORDER BY id',
            ),
          ),
      },
      {
        method: 'GET',
        path: '/products/:id',
        handle: async ({ params }) => {
          const [product] = await database.run<Product>(
            'SELECT products',
            'SELECT id, name, cents FROM products WHERE id = ?',
            [params.id!],
          );
          return product ? json(200, product) : json(404, { error: 'There is no such product.' });
        },
      },
    ],
    behave: (behaviour) => (behaviour.stocktaking ? stocktaking.begin() : stocktaking.end()),
    stop: () => {
      stocktaking.end();
      database.close();
    },
  };
}

/** Counts the stock within one write transaction, for as long as somebody counts: SQLite has one writer at a time. */
class Stocktaking {
  readonly #path: string;
  #open: { database: DatabaseSync; span: Span } | null = null;

  constructor(folder: string) {
    this.#path = join(folder, SHOP_FILE);
  }

  begin(): void {
    if (this.#open) return;
    const span = trace.getTracer('shop.catalogue').startSpan('take stock');
    const database = new DatabaseSync(this.#path);
    database.exec('PRAGMA busy_timeout = 1000; BEGIN IMMEDIATE; UPDATE products SET stock = stock');
    this.#open = { database, span };
    log.warn('Stocktaking begins: products are counted in one transaction.');
  }

  end(): void {
    if (!this.#open) return;
    const { database, span } = this.#open;
    this.#open = null;
    database.exec('COMMIT');
    database.close();
    span.end();
    log.info('Stocktaking is done.');
  }
}
