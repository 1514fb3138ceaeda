import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small site with known delays and known vices. */
export interface Site {
  url: string;
  /** What arrived, oldest first: method, path and headers. */
  requests: { url: string; headers: Record<string, string | string[] | undefined> }[];
  close(): Promise<void>;
}

/** As much script as the journeys that the goals were taken with. */
const SCRIPT = `globalThis.filler = ${JSON.stringify('x'.repeat(383_000))};`;
const MEBIBYTE = Buffer.alloc(1 << 20, 'x');

const PAGES: Record<string, (answer: ServerResponse) => void> = {
  '/': (answer) => page(answer, '<h1>Shop</h1><a href="/product">Tea</a><script src="/script.js"></script>'),
  '/product': (answer) =>
    page(
      answer,
      `<h1>Tea</h1><button onclick="fetch('/api/cart').then(() => document.body.append('in the cart'))">Add</button><script src="/script.js"></script>`,
    ),
  '/script.js': (answer) => {
    answer.writeHead(200, { 'Content-Type': 'text/javascript', 'Cache-Control': 'max-age=60' }).end(SCRIPT);
  },
  '/api/cart': (answer) => {
    answer.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
  },
  '/fails': (answer) => void answer.writeHead(500, { 'Content-Type': 'text/html' }).end('<h1>Sorry</h1>'),
  '/api-fails': (answer) => page(answer, `<script>fetch('/fails')</script>`),
  '/hangs': () => {},
  '/to-file': (answer) => void answer.writeHead(302, { Location: 'file:///etc/passwd' }).end(),
  '/download': (answer) => {
    answer.writeHead(200, { 'Content-Type': 'application/zip', 'Content-Disposition': 'attachment' });
    pour(answer);
  },
  '/endless': (answer) => page(answer, '<script>fetch("/bytes").then((one) => one.arrayBuffer())</script>'),
  '/bytes': (answer) => {
    answer.writeHead(200, { 'Content-Type': 'application/octet-stream' });
    pour(answer);
  },
  '/popups': (answer) => page(answer, '<script>setInterval(() => open("/product"), 20)</script>'),
  '/dialogs': (answer) => page(answer, '<script>setTimeout(() => { for (;;) alert("again") })</script>'),
  '/busy': (answer) => page(answer, '<script>setTimeout(() => { for (;;); })</script>'),
};

/** On a free port of loopback. `/delay?ms=N` answers a page after N ms. */
export async function startSite(): Promise<Site> {
  const requests: Site['requests'] = [];
  const server = createServer((request, answer) => {
    const url = new URL(request.url ?? '/', 'http://site');
    requests.push({ url: url.pathname + url.search, headers: request.headers });
    if (url.pathname === '/delay') {
      const ms = Number(url.searchParams.get('ms'));
      setTimeout(() => page(answer, `<h1>After ${ms} ms</h1>`), ms);
    } else {
      const serve = PAGES[url.pathname];
      if (serve) serve(answer);
      else answer.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function page(answer: ServerResponse, body: string): void {
  answer
    .writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
    .end(`<!doctype html><title>Site</title><link rel="icon" href="data:,"><body>${body}</body>`);
}

/** Bytes without end, as fast as they are taken. */
function pour(answer: ServerResponse): void {
  if (answer.destroyed) return;
  if (answer.write(MEBIBYTE)) setImmediate(() => pour(answer));
  else answer.once('drain', () => pour(answer));
}
