/** Telemetry is text: 200 hostile ones in every field, on every page, and nothing of them runs or loads. */
import { randomBytes } from 'node:crypto';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Product } from '../../bench/harness/product.ts';
import { HOSTILE, hostileTelemetry } from './hostile.ts';
import { launchBrowser, productInFolder } from './setting.ts';

const TRACE = randomBytes(16).toString('hex');
let product: Product;
let dispose: () => Promise<void>;
let browser: Browser;

beforeAll(async () => {
  [{ product, dispose }, browser] = await Promise.all([productInFolder(), launchBrowser()]);
  for (const [signal, body] of Object.entries(hostileTelemetry(TRACE))) await post(`/v1/${signal}`, body);
  for (const name of HOSTILE.slice(0, 5).map((text) => text.slice(0, 100))) {
    await post('/api/tokens', { name, scope: 'read' });
    await post('/api/users', { name, role: 'viewer' });
    await post('/api/silences', {
      match: [{ key: name, values: [name] }],
      for: '1h',
      by: name,
      comment: name,
    });
  }
  await vi.waitUntil(async () => (await product.status()).journal.bytes === 0, { timeout: 30_000 });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await dispose?.();
});

async function post(path: string, body: object): Promise<void> {
  const answer = await fetch(`${path.startsWith('/v1') ? product.otlpUrl : product.dashboardUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const said = await answer.text();
  // A name with a control character is refused, which is as good.
  if (
    answer.status >= 500 ||
    (path.startsWith('/v1') && (answer.status !== 200 || said.includes('rejected')))
  )
    throw new Error(`${path} answered ${answer.status}: ${said.slice(0, 300)}`);
}

const FIRST = encodeURIComponent(HOSTILE[0]!);
const IMAGE = encodeURIComponent(HOSTILE[1]!);
const PAGES = [
  ...[
    '/',
    '/services',
    `/services/${FIRST}`,
    `/services/${IMAGE}`,
    '/traces',
    `/traces?q=${FIRST}&service=${IMAGE}`,
  ],
  ...[
    `/traces/${TRACE}`,
    `/traces/${TRACE}?span=0000000000000002`,
    `/traces/compare?a=service%3D${FIRST}&b=f%3D${IMAGE}`,
  ],
  ...[
    '/map',
    `/map?focus=service:${IMAGE}`,
    '/logs',
    `/logs?q=${FIRST}`,
    '/metrics',
    `/metrics?name=${IMAGE}&by=k`,
  ],
  ...[
    '/experience',
    `/experience/${FIRST}`,
    '/incidents',
    '/rules',
    `/rules/${IMAGE}`,
    `/runs/${TRACE}`,
    `/${FIRST}`,
  ],
  ...['/settings/senders', '/settings/receivers', '/settings/users', '/settings/tokens', '/settings/audit'],
  ...[
    '/capacity',
    '/operations',
    '/transactions',
    '/releases',
    `/join#${IMAGE}`,
    `/?env=${FIRST}&from=${IMAGE}`,
  ],
];

test('200 hostile texts in every field run on no page', async () => {
  expect(new Set(HOSTILE).size).toBeGreaterThanOrEqual(200);
  const findings: string[] = [];
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const page = await context.newPage();
  // What is looked for is seen where nothing keeps it from happening.
  await page.setContent(HOSTILE[1]!);
  await page.waitForFunction('window.ran === 1');
  let path = '';
  page.on('dialog', (dialog) => {
    findings.push(`${path}: a dialog said ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => findings.push(`${path}: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text()))
      findings.push(`${path}: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== 'data:' && hostname !== 'localhost')
      findings.push(`${path}: asked for ${request.url()}`);
  });
  for (path of PAGES) {
    await page.goto(`${product.dashboardUrl}${path}`);
    await page.locator('main :is(h1, h2, form, p)').first().waitFor();
    // What is asked of the API comes a moment later; on a slow machine less of it is looked at.
    await page.waitForTimeout(300);
    const found = await page.evaluate(`({
      ran: window.ran,
      strange: [...document.querySelectorAll('main *')].filter((one) => one.matches('iframe, object, embed, base, meta, link, style, script, [srcdoc], a[href^="javascript:" i], a[href^="data:" i], form[action^="javascript:" i]') || [...one.attributes].some(({ name }) => name.startsWith('on'))).map((one) => one.outerHTML.slice(0, 200)),
    })`);
    if (JSON.stringify(found) !== '{"strange":[]}') findings.push(`${path}: ${JSON.stringify(found)}`);
  }
  await context.close();
  expect(findings).toEqual([]);
}, 240_000);
