import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Product } from '../../bench/harness/product.ts';
import { inspect, NOTHING } from './inspect.ts';
import { launchBrowser, productInFolder, runService, sendSignals } from './setting.ts';

let product: Product;
let dispose: () => Promise<void>;
let browser: Browser;
let traceId: string;

beforeAll(async () => {
  [{ product, dispose }, browser] = await Promise.all([productInFolder(), launchBrowser()]);
  traceId = await runService(product.otlpUrl, 'shop-web');
  await sendSignals(product.otlpUrl, 'shop-web', traceId);
  await vi.waitUntil(async () => (await product.status()).journal.bytes === 0, { timeout: 10_000 });
});

afterAll(async () => {
  await browser?.close();
  await dispose?.();
});

const PAGES = [
  ['overview', () => '/', 'shop-web'],
  ['services', () => '/services', 'shop-web'],
  ['service', () => '/services/shop-web', 'POST /checkout'],
  ['traces', () => '/traces', 'POST /checkout'],
  ['trace', () => `/traces/${traceId}`, 'charge card'],
  ['logs', () => '/logs', 'card declined'],
  ['map', () => '/map?focus=service:shop-web', 'shop-web'],
  ['metrics', () => '/metrics?name=shop.queue.length&by=queue', 'shop.queue.length'],
  ['capacity', () => '/capacity', 'Queue'],
  ['comparison', () => '/traces/compare?a=status%3Derror&b=service%3Dshop-web', 'looked at'],
  ['senders', () => '/settings/senders', 'shop-web'],
  ['unknown trace', () => `/traces/${'0'.repeat(31)}1`, 'trace'],
  ['unknown page', () => '/nowhere', 'page'],
] as const;

test.each(PAGES)(
  'the %s page has no accessibility violation in light and dark, keeps to the CSP and fits 320 pixels',
  async (_, path, shows) => {
    expect(await inspect(browser, `${product.dashboardUrl}${path()}`, shows)).toEqual(NOTHING);
  },
);

test('the API answers with the headers that keep hostile telemetry text', async () => {
  for (const path of ['/', '/api/services', '/api/nothing', '/assets/nothing.js']) {
    const { headers } = await fetch(`${product.dashboardUrl}${path}`);
    expect(headers.get('content-security-policy'), path).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
  }
});
