import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, Problem } from '../../base/errors.ts';

/** Name of the file with products, carts and orders. */
export const SHOP_FILE = 'shop.db';
/** Name of the file that is the queue: apart, so that a lock on the shop's data leaves messages alone. */
export const QUEUE_FILE = 'queue.db';

/** Name and price in cents. */
const PRODUCTS = [
  ['Darjeeling, first flush', 1450],
  ['Sencha', 1190],
  ['Oolong, roasted', 1650],
  ['Earl Grey', 890],
  ['Peppermint', 590],
  ['Rooibos', 690],
  ['Teapot, cast iron', 5900],
  ['Cup, two of them', 2400],
] as const;

/** Makes the shop's databases anew: every demo begins with an empty till. @throws Problem `folder_unusable` */
export function createTables(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    create(folder);
  } catch (thrown) {
    throw new Problem(
      'folder_unusable',
      `The shop cannot keep its databases in ${folder} (${messageOf(thrown)}). Choose another folder with --data-dir.`,
    );
  }
}

function create(folder: string): void {
  for (const file of [SHOP_FILE, QUEUE_FILE])
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, file + suffix), { force: true });
  execute(join(folder, QUEUE_FILE), [
    'CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT, headers TEXT, sent_at REAL)',
  ]);
  execute(join(folder, SHOP_FILE), [
    'CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, cents INTEGER, stock INTEGER)',
    'CREATE TABLE cart_lines (cart TEXT, product INTEGER, name TEXT, cents INTEGER, quantity INTEGER, PRIMARY KEY (cart, product))',
    'CREATE TABLE orders (id INTEGER PRIMARY KEY, cents INTEGER, charge TEXT, state TEXT)',
    ...PRODUCTS.map(
      ([name, cents]) => `INSERT INTO products (name, cents, stock) VALUES ('${name}', ${cents}, 1000)`,
    ),
  ]);
}

function execute(path: string, statements: readonly string[]): void {
  const database = new DatabaseSync(path);
  // Kept in the file: readers go on beside a writer.
  database.exec(`PRAGMA journal_mode = WAL; ${statements.join(';')}`);
  database.close();
}
