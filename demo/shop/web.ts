/** What visitors see: pages over the other services. */
import { randomUUID } from 'node:crypto';
import { call, callJson, Refused } from './call.ts';
import type { CartLine } from './cart.ts';
import type { Product } from './catalogue.ts';
import type { Order } from './checkout.ts';
import { log } from './log.ts';
import { cartPage, checkoutPage, errorPage, homePage, orderPage, productPage, STYLE } from './pages.ts';
import type { Answer, Asked, Route } from './server.ts';
import type { Service, Surroundings } from './service.ts';

/** Longer than anybody waits for a page, and longer than a full line at the checkout. */
const CHECKOUT_TIMEOUT_MS = 20_000;
const CART_COOKIE = /(?:^|;\s*)cart=([0-9a-f-]{36})(?:;|$)/;

const HTML = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'",
  'X-Content-Type-Options': 'nosniff',
};

export function web({ peer }: Surroundings): Service {
  const get = <T>(name: 'catalogue' | 'cart' | 'checkout', path: string) =>
    callJson<T>(`${peer(name)}${path}`);
  const pages: Record<string, (asked: Asked) => Promise<string> | string> = {
    '/': async () => homePage(await get<Product[]>('catalogue', '/products')),
    '/products/:id': async ({ params }) =>
      productPage(await get<Product>('catalogue', `/products/${Number(params.id)}`)),
    '/cart': async ({ headers }) => {
      const cart = cartOf(headers.cookie);
      return cartPage(cart ? await get<CartLine[]>('cart', `/carts/${cart}`) : []);
    },
    '/checkout': checkoutPage,
    '/orders/:id': async ({ params }) =>
      orderPage(await get<Order>('checkout', `/orders/${Number(params.id)}`)),
  };
  const add = async ({ headers, body }: Asked): Promise<Answer> => {
    const form = new URLSearchParams(body);
    const [product, quantity] = [Number(form.get('product')), Number(form.get('quantity'))];
    if (!Number.isInteger(product) || !(quantity >= 1 && quantity <= 9))
      return html(400, errorPage('That did not work', 'Choose a product and a number from 1 to 9.'));
    const cart = cartOf(headers.cookie) ?? randomUUID();
    const wanted = { product, quantity: Math.floor(quantity) };
    await callJson(`${peer('cart')}/carts/${cart}/lines`, { method: 'POST', body: wanted });
    return { ...seeOther('/cart'), headers: { Location: '/cart', 'Set-Cookie': cookieFor(cart) } };
  };
  const order = async ({ headers }: Asked): Promise<Answer> => {
    const cart = cartOf(headers.cookie);
    if (!cart) return seeOther('/cart');
    const options = { method: 'POST', body: { cart }, timeoutMs: CHECKOUT_TIMEOUT_MS } as const;
    const { status, body } = await call(`${peer('checkout')}/orders`, options);
    if (status === 201) return seeOther(`/orders/${(JSON.parse(body) as Order).id}`);
    throw new Refused(status, (JSON.parse(body) as { error: string }).error);
  };
  return {
    routes: [
      {
        method: 'GET',
        path: '/shop.css',
        handle: () => ({ status: 200, body: STYLE, headers: { 'Content-Type': 'text/css' } }),
      },
      ...Object.entries(pages).map(
        ([path, show]): Route => ({
          method: 'GET',
          path,
          handle: (asked) => politely(async () => html(200, await show(asked))),
        }),
      ),
      { method: 'POST', path: '/cart', handle: (asked) => politely(() => add(asked)) },
      { method: 'POST', path: '/orders', handle: (asked) => politely(() => order(asked)) },
    ],
  };
}

/** What goes wrong behind the pages is told to visitors in a sentence, and to the log in detail. */
async function politely(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (thrown) {
    const status = thrown instanceof Refused ? thrown.status : 504;
    if (status === 404) return html(404, errorPage('Not found', 'There is nothing at this address.'));
    if (status === 409) return html(409, errorPage('Nothing to buy', 'Your cart is empty.'));
    log.error('A page failed.', { 'exception.message': (thrown as Error).message });
    const sentence = 'This does not work at the moment. Please try again in a minute.';
    return html(status === 503 ? 503 : status === 504 ? 504 : 502, errorPage('That did not work', sentence));
  }
}

const html = (status: number, body: string): Answer => ({ status, body, headers: HTML });
const seeOther = (path: string): Answer => ({ status: 303, body: '', headers: { Location: path } });
const cartOf = (cookie: string | undefined): string | undefined => CART_COOKIE.exec(cookie ?? '')?.[1];
const cookieFor = (cart: string): string => `cart=${cart}; Path=/; HttpOnly; SameSite=Lax`;
