import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Product } from '../../bench/harness/product.ts';
import { launchBrowser, productInFolder, runService } from './setting.ts';

let product: Product;
let dispose: () => Promise<void>;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  [{ product, dispose }, browser] = await Promise.all([productInFolder(), launchBrowser()]);
  page = await browser.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`a script from telemetry ran: ${dialog.message()}`);
    void dialog.dismiss();
  });
});

afterAll(async () => {
  await browser?.close();
  await dispose?.();
});

test('a page that waits for data says where to send it and fills by itself when a real SDK sends', async () => {
  await page.goto(product.dashboardUrl);
  await page.getByRole('heading', { name: 'Nothing has arrived yet' }).waitFor();
  await page.getByText(`OTEL_EXPORTER_OTLP_ENDPOINT=${product.otlpUrl}`).waitFor();

  const traceId = await runService(product.otlpUrl, 'shop-web');

  // Not reloaded: the row comes over the live stream.
  await page.getByRole('link', { name: 'shop-web' }).first().waitFor();
  expect(product.output()).toContain(`First spans from shop-web: ${product.dashboardUrl}/services/shop-web`);

  await page.getByRole('row').getByRole('link', { name: 'shop-web' }).click();
  await page.getByRole('heading', { name: 'shop-web' }).waitFor();
  await page.getByRole('link', { name: 'POST /checkout' }).first().click();
  await page.waitForURL(/\/traces\?/);
  await page.locator(`a[href*="${traceId}"]`).first().click();
  await page.waitForURL(new RegExp(traceId));
  for (const operation of ['POST /checkout', 'reserve stock', 'charge card'])
    await page.getByText(operation, { exact: true }).first().waitFor();
});

test('a span shows its attributes as they were sent, and a script in one stays text', async () => {
  await page.getByText('reserve stock', { exact: true }).first().click();
  await page.getByText('["<script>alert(1)</script>","tea"]').first().waitFor();
  await page.getByText('shop.gift').first().waitFor();
});

test('no page of this walk broke the content security policy or threw', () => {
  expect(complaints).toEqual([]);
});
