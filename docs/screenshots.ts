/**
 * Makes the pictures in `docs/screenshots`: starts the product, sends it an hour of the bench's shop through the front
 * door, and photographs every page. `node docs/screenshots.ts [FOLDER]` (all sizes and both schemes with a folder).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright';
import { type Product, startProduct } from '../bench/harness/product.ts';
import { withScratch } from '../bench/harness/scratch.ts';
import { logRequests } from '../bench/workload/logs.ts';
import { metricRequests, POINTS_PER_PROCESS } from '../bench/workload/metrics.ts';
import { traceRequests } from '../bench/workload/traces.ts';
import type { TracesView } from '../model/trace.ts';
import { findBrowser } from '../synthetics/browser.ts';

const REQUESTS = 150;
const SPANS_PER_REQUEST = 400;
const HOUR_MS = 3_600_000;

const SIZES = [
  { name: '', width: 1366, height: 768 },
  { name: '-phone', width: 390, height: 844 },
  { name: '-narrow', width: 320, height: 640 },
];

/** The edges job looks every 30 seconds. */
const EDGES_MS = 35_000;
/** One process of each of the ten services reports once a minute. */
const PROCESSES = 10;
const LOGS_PER_REQUEST = 60;

async function send(product: Product, signal: string, body: Uint8Array): Promise<void> {
  const answer = await fetch(`${product.otlpUrl}/v1/${signal}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  });
  if (answer.status !== 200) throw new Error(`The product answered ${answer.status}`);
}

/** An hour of traffic that breathes, ending now. */
async function sendHour(product: Product): Promise<void> {
  const now = Date.now();
  for (let i = 0; i < REQUESTS; i++) {
    const share = i / REQUESTS;
    const at = now - HOUR_MS * (1 - share) + Math.sin(share * 12) * 60_000 - 20_000;
    const one = traceRequests({
      seed: i,
      spansPerRequest: SPANS_PER_REQUEST,
      startAt: Math.min(at, now - 5_000),
      firstBatch: i + 1,
    });
    await send(product, 'traces', one.next().value.body);
    const logs = logRequests({
      seed: i,
      recordsPerRequest: LOGS_PER_REQUEST,
      startAt: Math.round(Math.min(at, now - 5_000)),
      recordsPerSecond: 10,
    });
    await send(product, 'logs', logs.next().value.body);
  }
  // 40 processes of each service take turns: so many requests are one round of all of them.
  const rounds = 40;
  const metrics = metricRequests({
    seed: 1,
    pointsPerRequest: PROCESSES * POINTS_PER_PROCESS,
    startAt: now - HOUR_MS,
    pointsPerSecond: (PROCESSES * POINTS_PER_PROCESS * rounds) / 300,
  });
  for (let i = 0; i < rounds * 12; i++) await send(product, 'metrics', metrics.next().value.body);
  while ((await product.status()).journal.bytes > 0) await new Promise((resolve) => setTimeout(resolve, 100));
}

async function pages(product: Product): Promise<Record<string, string>> {
  const search = await fetch(`${product.dashboardUrl}/api/traces?sort=slowest&status=error&limit=20`);
  const { traces } = (await search.json()) as TracesView;
  const trace = traces.toSorted((a, b) => b.spans - a.spans)[0]!;
  return {
    overview: '/',
    service: '/services/checkout',
    map: '/map',
    logs: '/logs?level=warn',
    metrics: '/metrics?name=app.orders.placed&by=service',
    traces: '/traces?service=checkout',
    senders: '/settings/senders',
    trace: `/traces/${trace.traceId}`,
  };
}

async function photograph(browser: Browser, product: Product, folder: string, all: boolean): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const)
    for (const { name, width, height } of all ? SIZES : SIZES.slice(0, 1)) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme });
      for (const [title, path] of Object.entries(await pages(product))) {
        await page.goto(`${product.dashboardUrl}${path}`);
        await page.waitForLoadState('load');
        await page.waitForTimeout(1_200);
        await page.screenshot({ path: join(folder, `${title}${name}-${colorScheme}.png`) });
      }
      await page.close();
    }
}

await withScratch(async (scratch) => {
  const given = process.argv[2];
  const folder = given ?? join(import.meta.dirname, 'screenshots');
  mkdirSync(folder, { recursive: true });
  const found = await findBrowser('', process.env.PATH ?? '');
  if (found === null) throw new Error('No Chromium found: npx playwright install chromium');
  const product = await startProduct({ dataDir: join(scratch.folder, 'data') });
  const browser = await chromium.launch({
    executablePath: found.path,
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  try {
    const empty = await browser.newPage({ viewport: { width: 1366, height: 768 } });
    await empty.goto(product.dashboardUrl);
    await empty.waitForTimeout(1_000);
    await empty.screenshot({ path: join(folder, 'empty-light.png') });
    await empty.close();
    await sendHour(product);
    await new Promise((resolve) => setTimeout(resolve, EDGES_MS));
    await photograph(browser, product, folder, given !== undefined);
  } finally {
    await browser.close();
    await product.stop();
  }
});
