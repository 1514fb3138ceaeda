/** The pages of incidents, rules, transactions and experience, with everything in them that people would rather not see. */
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import type { IncidentsView } from '../../model/incident.ts';
import type { TransactionsView } from '../../model/transaction.ts';
import { makeFolder } from '../helpers/folder.ts';
import { probeRequest, probeRun, probeStep } from '../synthetics/results.ts';
import { HOSTILE, refusingReceiver, sendRuns, writeRules } from './alerting.ts';
import { inspect, NOTHING } from './inspect.ts';
import { launchBrowser, runService } from './setting.ts';

const folder = makeFolder();
let product: Product;
let browser: Browser;
let receiver: Awaited<ReturnType<typeof refusingReceiver>>;
/** The incident about the service with the hostile name. */
let number = 0;

const MINUTE = 60_000;
const slot = Math.floor(Date.now() / MINUTE) * MINUTE;
const steps = [
  probeStep({ name: 'home', requests: [probeRequest()] }),
  probeStep({
    name: HOSTILE,
    verdict: 'failed',
    error: HOSTILE,
    screenshot: 'ab'.repeat(32),
    consoleErrors: 2,
  }),
];
/** Ten slots of a journey, of which some are missing, and the last failed. */
const runs = [9, 8, 7, 5, 2].map((ago) =>
  probeRun({
    name: 'buy.tea',
    kind: 'journey',
    scheduledAt: slot - ago * MINUTE,
    steps: ago === 2 ? steps : steps.slice(0, 1),
    ...(ago === 2 ? { fails: 'assertion' as const } : {}),
  }),
);
const failed = runs.at(-1)!.traceId;

const ask = async <T>(path: string): Promise<T> =>
  (await (await fetch(`${product.dashboardUrl}/api${path}`)).json()) as T;

beforeAll(async () => {
  receiver = await refusingReceiver();
  const rules = writeRules(folder.path, receiver.url);
  const args = ['--rules-folder', rules, '--default-rules', 'off', '--synthetics-folder', ''];
  [product, browser] = await Promise.all([startProduct({ dataDir: folder.path, args }), launchBrowser()]);
  await Promise.all([runService(product.otlpUrl, HOSTILE), runService(product.otlpUrl, 'shop-web')]);
  const failure = { class: 'target' as const, step: HOSTILE, message: HOSTILE };
  const hostile = probeRun({ name: HOSTILE, location: HOSTILE, fails: 'target', failure });
  await sendRuns(product.otlpUrl, [...runs, hostile]);
  await vi.waitUntil(
    async () => {
      const { incidents } = await ask<IncidentsView>('/incidents?status=open');
      number = incidents.find(({ title }) => title.includes('onerror'))?.number ?? 0;
      const { transactions } = await ask<TransactionsView>('/transactions');
      const isCounted = transactions.filter(({ valid }) => valid > 0).length === 2;
      return number > 0 && incidents.length >= 2 && isCounted;
    },
    { timeout: 50_000, interval: 250 },
  );
}, 90_000);

afterAll(async () => {
  await browser?.close();
  await product?.stop();
  receiver?.close();
});

const PAGES = [
  ['incidents', () => '/incidents', 'of shop-web fail'],
  ['incidents without a match', () => '/incidents?q=nothing-like-it', 'matches these filters'],
  ['incident', () => `/incidents/${number}`, 'Nobody has taken it'],
  ['experience', () => '/experience', 'buy.tea'],
  ['probe', () => '/experience/buy.tea', 'The whole run'],
  ['hostile probe', () => `/experience/${encodeURIComponent(HOSTILE)}`, 'The whole run'],
  ['unknown probe', () => '/experience/nothing', 'No runs of'],
  ['run', () => `/runs/${failed}`, 'it answered something else'],
  ['unknown run', () => `/runs/${'0'.repeat(31)}1`, 'This run is not here'],
  ['actions', () => '/operations', '<b>restart</b> of'],
  ['actions without a match', () => '/operations?verdict=cured', 'No action matches'],
  ['rules', () => '/rules', 'checkout-errors'],
  ['rule', () => '/rules/checkout-errors', 'Its incidents'],
  ['quiet rule', () => '/rules/slow.search', 'Its incidents'],
  ['unknown rule', () => '/rules/nothing', 'There is no rule'],
  ['transactions', () => '/transactions', 'shop.orders'],
  ['hostile transaction', () => '/transactions/hostile', 'What spent the budget'],
  ['unused transaction', () => '/transactions/unused', 'nothing that it matches'],
  ['unknown transaction', () => '/transactions/nothing', 'There is no SLO'],
  ['receivers', () => '/settings/receivers', 'after 1 attempt'],
  ['unknown incident', () => '/incidents/999', 'There is no incident'],
] as const;

test.each(PAGES)(
  'the %s page has no accessibility violation in light and dark, keeps to the CSP and fits 320 pixels',
  async (_, path, shows) => {
    expect(await inspect(browser, `${product.dashboardUrl}${path()}`, shows)).toEqual(NOTHING);
  },
);

async function visit(path: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${product.dashboardUrl}${path}`);
  return page;
}

test('what waits for approval is approved where the incident is read, and the ledger says what came of it', async () => {
  const page = await visit(`/incidents/${number}`);
  await page.getByLabel('Why, for the ledger').first().fill('<b>go</b>');
  await page.getByRole('button', { name: 'Approve' }).first().click();
  await page.getByText('The hook refused: HTTP 400').first().waitFor();
  await page.goto(`${product.dashboardUrl}/operations?rule=checkout-errors&status=failed`);
  await page.getByText('<b>restart</b> of').first().click();
  await page.getByText(/^Approved by .*: <b>go<\/b>$/).waitFor();
  await page.close();
});

test('the kill switch asks once more, and is turned on and off', async () => {
  const page = await visit('/operations');
  await page.getByRole('button', { name: 'Stop all actions' }).click();
  await page.getByLabel('Why', { exact: true }).fill('maintenance');
  await page.getByRole('button', { name: 'Yes, stop them' }).click();
  await page.getByText('turned the kill switch on. maintenance').waitFor();
  await page.getByRole('button', { name: 'Let rules act again' }).click();
  await page.getByRole('button', { name: 'Yes, let them act' }).click();
  await page.getByText('Rules may act.').waitFor();
  await page.close();
});

test('an incident is commented, acknowledged, silenced and resolved, and says so in its timeline', async () => {
  const page = await visit(`/incidents/${number}`);
  await page.getByLabel('Your name').fill('Ada <b>');
  await page.getByRole('button', { name: 'Comment' }).click();
  await page.getByText('Write a comment first').waitFor();
  await page.getByLabel('Comment', { exact: true }).fill('it is <script>the cache</script>');
  await page.getByRole('button', { name: 'Comment' }).click();
  await page.getByText('Comment added').waitFor();
  await page.getByText('it is <script>the cache</script>').waitFor();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText('Acknowledged by Ada <b>').waitFor();
  await page.getByRole('button', { name: 'Silence for' }).click();
  await page.getByText('Silenced for 1h').waitFor();
  await page.getByRole('button', { name: 'Resolve' }).click();
  await page.getByRole('heading', { name: 'Retrospective' }).waitFor();
  expect(await page.getByRole('button', { name: 'Resolve' }).count()).toBe(0);
  await page.close();
});

test('what could not be done is said in the words of the API', async () => {
  const page = await visit(`/incidents/${number === 1 ? 2 : 1}`);
  await page.getByRole('button', { name: 'Acknowledge' }).waitFor();
  await page.route('**/acknowledge', (route) =>
    route.fulfill({
      status: 409,
      json: { error: { code: 'conflict', message: 'Bo was faster', retryable: false } },
    }),
  );
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByRole('alert').getByText('Bo was faster').waitFor();
  await page.close();
});

test('a cell of the grid opens its run, with its steps and its spans on one axis', async () => {
  const page = await visit('/experience/buy.tea');
  await page
    .getByRole('link', { name: /failed/ })
    .first()
    .click();
  await page.getByRole('heading', { name: 'Steps', exact: true }).waitFor();
  await page.getByRole('tree', { name: /Spans/ }).getByText('probe buy.tea').waitFor();
  await page.getByText('not kept any more', { exact: true }).waitFor();
  expect(new URL(page.url()).pathname).toBe(`/runs/${failed}`);
  await page.close();
});

test('from a broken promise it is two steps to the span that broke it', async () => {
  const page = await visit('/');
  await page.getByRole('link', { name: 'shop.orders' }).click();
  await page.getByRole('heading', { name: 'Worst traces' }).waitFor();
  await page
    .getByRole('link', { name: /^[0-9a-f]{32}$/ })
    .first()
    .click();
  await page.getByRole('tree', { name: /Spans/ }).waitFor();
  expect(new URL(page.url()).searchParams.get('span')).toMatch(/^[0-9a-f]{16}$/);
  await page.close();
});

test('rules say what is wrong in their files, and receivers what died', async () => {
  const page = await visit('/rules');
  await page.getByText('broken.yaml:2:1').waitFor();
  await page.goto(`${product.dashboardUrl}/settings/receivers`);
  await page.getByRole('button', { name: 'Redeliver' }).first().click();
  await page.getByText('on its way again').waitFor();
  await page.close();
});
