import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Product } from '../../bench/harness/product.ts';
import { inspect, widthAt320 } from './inspect.ts';
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

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  test.each(PAGES)(
    'the %s page has no accessibility violation and keeps to the CSP',
    async (_, path, shows) => {
      const { violations, complaints } = await inspect(
        browser,
        `${product.dashboardUrl}${path()}`,
        shows,
        colorScheme,
      );
      expect(violations).toEqual([]);
      expect(complaints).toEqual([]);
    },
  );

  test.each(PAGES)('the %s page is not wider than a screen of 320 pixels', async (_, path, shows) => {
    expect(await widthAt320(browser, `${product.dashboardUrl}${path()}`, shows)).toBeLessThanOrEqual(320);
  });
});

test('the API answers with the headers that keep hostile telemetry text', async () => {
  for (const path of ['/', '/api/services', '/api/nothing', '/assets/nothing.js']) {
    const { headers } = await fetch(`${product.dashboardUrl}${path}`);
    expect(headers.get('content-security-policy'), path).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
  }
});
