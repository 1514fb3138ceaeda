/**
 * Makes the pictures in `docs/screenshots`: photographs every page of a product at work, best the demo some minutes into
 * its story. `npm run demo` in one terminal, `node docs/screenshots.ts [--all FOLDER] [URL]` in another (`--all`: each page
 * wide, low, on a phone and narrow).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright';
import type { IncidentsView } from '../model/incident.ts';
import type { TracesView } from '../model/trace.ts';
import { findBrowser } from '../synthetics/browser.ts';

const SIZES = [
  { name: '', width: 1366, height: 768 },
  { name: '-low', width: 1366, height: 640 },
  { name: '-phone', width: 390, height: 844 },
  { name: '-narrow', width: 320, height: 640 },
];
/** Charts come in after the first paint. */
const SETTLED_MS = 1_500;

const { values, positionals } = parseArgs({
  options: { all: { type: 'string' } },
  allowPositionals: true,
});
const url = positionals[0] ?? 'http://localhost:8080';
const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${url}/api${path}`)).json()) as T;

/** A picture's name and what it shows. */
async function pages(): Promise<Record<string, string>> {
  const { traces } = await ask<TracesView>('/traces?sort=slowest&limit=20');
  const trace = traces.toSorted((a, b) => b.spans - a.spans)[0];
  const { incidents } = await ask<IncidentsView>('/incidents');
  const { probes } = await ask<{ probes: { name: string }[] }>('/probes');
  return {
    overview: '/',
    services: '/services',
    service: '/services/checkout',
    map: '/map',
    capacity: '/capacity',
    traces: '/traces?service=checkout',
    ...(trace ? { trace: `/traces/${trace.traceId}` } : {}),
    logs: '/logs?level=warn',
    metrics: '/metrics?name=http.server.request.duration&by=service',
    transactions: '/transactions',
    transaction: '/transactions/checkout',
    experience: '/experience',
    ...(probes[0] ? { journey: `/experience/${encodeURIComponent(probes[0].name)}` } : {}),
    incidents: '/incidents',
    ...(incidents[0] ? { incident: `/incidents/${incidents.at(-1)!.number}` } : {}),
    actions: '/operations',
    rules: '/rules',
    rule: '/rules/checkout-slow',
    senders: '/settings/senders',
    receivers: '/settings/receivers',
  };
}

async function photograph(browser: Browser, folder: string): Promise<void> {
  const shown = Object.entries(await pages());
  for (const colorScheme of ['light', 'dark'] as const)
    for (const { name, width, height } of values.all === undefined ? SIZES.slice(0, 1) : SIZES) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme });
      for (const [title, path] of shown) {
        await page.goto(`${url}${path}`);
        await page.waitForLoadState('load');
        await page.waitForTimeout(SETTLED_MS);
        await page.screenshot({ path: join(folder, `${title}${name}-${colorScheme}.png`) });
      }
      await page.close();
    }
}

const folder = values.all ?? join(import.meta.dirname, 'screenshots');
mkdirSync(folder, { recursive: true });
const found = await findBrowser('', process.env.PATH ?? '');
if (found === null) throw new Error('No Chromium found: npx playwright install chromium');
const browser = await chromium.launch({
  executablePath: found.path,
  args: ['--no-sandbox', '--disable-background-networking'],
});
try {
  await photograph(browser, folder);
} finally {
  await browser.close();
}
