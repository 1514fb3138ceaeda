/** One visitor: follows the links and forms that the pages have, as a browser without scripts does. */
import { sleep } from '../../base/clock.ts';
import type { Random } from '../../bench/workload/random.ts';
import { call } from '../shop/call.ts';

/** Share of the visitors who buy; the others look. */
const BUYERS = 0.42;
/** Milliseconds on a page. */
const THINK_MS = { least: 200, most: 900 };
const PATIENCE_MS = 25_000;

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** Walks from the home page to an order, or leaves before. @returns how far it came @throws Error at a page that failed */
export async function visit(shopUrl: string, random: Random): Promise<'looked' | 'bought'> {
  const visitor = new Visitor(shopUrl, random);
  const home = await visitor.open('/');
  const product = random.of([...home.matchAll(/href="(\/products\/\d+)"/g)].map(([, href]) => href!));
  const page = await visitor.open(product);
  if (!random.chance(BUYERS)) return 'looked';
  const id = /name="product" value="(\d+)"/.exec(page)![1]!;
  await visitor.send('/cart', `product=${id}&quantity=${random.between(1, 3)}`);
  await visitor.open('/checkout');
  await visitor.send('/orders', 'name=Visitor&address=Somewhere');
  return 'bought';
}

class Visitor {
  readonly #shopUrl: string;
  readonly #random: Random;
  #cookie = '';

  constructor(shopUrl: string, random: Random) {
    this.#shopUrl = shopUrl;
    this.#random = random;
  }

  async open(path: string): Promise<string> {
    const headers = this.#cookie === '' ? {} : { Cookie: this.#cookie };
    return this.#read(path, await call(this.#shopUrl + path, { headers, timeoutMs: PATIENCE_MS }));
  }

  /** Sends a form and goes where the answer leads. */
  async send(path: string, body: string): Promise<string> {
    const headers = { ...FORM, ...(this.#cookie === '' ? {} : { Cookie: this.#cookie }) };
    const answer = await call(this.#shopUrl + path, {
      method: 'POST',
      body,
      headers,
      timeoutMs: PATIENCE_MS,
    });
    const [cookie] = answer.headers['set-cookie'] ?? [];
    if (cookie) this.#cookie = cookie.split(';')[0]!;
    const next = answer.headers.location;
    return next === undefined ? this.#read(path, answer) : this.open(next);
  }

  async #read(path: string, { status, body }: { status: number; body: string }): Promise<string> {
    if (status !== 200) throw new Error(`${path} answered ${status}`);
    await sleep(this.#random.between(THINK_MS.least, THINK_MS.most));
    return body;
  }
}
