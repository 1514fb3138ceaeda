/** The shop's pages: plain HTML that works without scripts. `data-testid`s stay as they are, journeys walk by them. */
import type { CartLine } from './cart.ts';
import type { Product } from './catalogue.ts';
import type { Order } from './checkout.ts';

export const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 44rem; margin: 0 auto; padding: 1rem }
nav { display: flex; gap: 1rem } li { margin: .5rem 0 } td, th { padding: .25rem 1rem .25rem 0; text-align: left }
td.amount, th.amount { text-align: right; font-variant-numeric: tabular-nums }
label { display: block; margin: .5rem 0 } input { font: inherit; display: block; padding: .25rem }
button { font: inherit; padding: .5rem 1rem; margin-top: .5rem }`;

export const homePage = (products: readonly Product[]): string =>
  page(
    'Tea and cups',
    `<ul>${products.map(({ id, name, cents }) => `<li><a data-testid="product" href="/products/${id}">${escaped(name)}</a>, ${money(cents)}</li>`).join('')}</ul>`,
  );

export const productPage = ({ id, name, cents }: Product): string =>
  page(
    name,
    `<p data-testid="price">${money(cents)}</p>
<form method="post" action="/cart">
<input type="hidden" name="product" value="${id}">
<label>How many <input name="quantity" type="number" min="1" max="9" value="1" required></label>
<button data-testid="add-to-cart">Put into the cart</button>
</form>`,
  );

export const cartPage = (lines: readonly CartLine[]): string =>
  page('Your cart', lines.length === 0 ? '<p data-testid="cart-empty">It is empty.</p>' : cartTable(lines));

const cartTable = (lines: readonly CartLine[]): string => `<table>
<thead><tr><th scope="col">Product</th><th scope="col" class="amount">Number</th><th scope="col" class="amount">Price</th></tr></thead>
<tbody>${lines.map(({ name, cents, quantity }) => `<tr data-testid="cart-line"><td>${escaped(name)}</td><td class="amount">${quantity}</td><td class="amount">${money(cents * quantity)}</td></tr>`).join('')}</tbody>
</table>
<p>In all <strong data-testid="total">${money(lines.reduce((sum, line) => sum + line.cents * line.quantity, 0))}</strong></p>
<p><a data-testid="checkout" href="/checkout">Go to checkout</a></p>`;

export const checkoutPage = (): string =>
  page(
    'Checkout',
    `<form method="post" action="/orders">
<label>Name <input name="name" autocomplete="name" data-testid="name" maxlength="100" required></label>
<label>Address <input name="address" autocomplete="street-address" data-testid="address" maxlength="200" required></label>
<p>No card is asked for: this shop sends nothing.</p>
<button data-testid="place-order">Buy now</button>
</form>`,
  );

export const orderPage = ({ id, cents, state }: Order): string =>
  page(
    'Thank you',
    `<p>Your order <strong data-testid="order-number">${id}</strong> over ${money(cents)} is <span data-testid="order-state">${escaped(state)}</span>.</p>`,
  );

export const errorPage = (title: string, sentence: string): string =>
  page(
    title,
    `<p role="alert" data-testid="error">${escaped(sentence)}</p><p><a href="/cart">Back to the cart</a></p>`,
  );

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · Demo shop</title>
<link rel="stylesheet" href="/shop.css">
<link rel="icon" href="data:,">
</head>
<body>
<header><nav aria-label="Shop"><a data-testid="home" href="/">Demo shop</a><a data-testid="cart" href="/cart">Cart</a></nav></header>
<main>
<h1>${escaped(title)}</h1>
${content}
</main>
</body>
</html>
`;
}

const money = (cents: number): string => `€${(cents / 100).toFixed(2)}`;

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
