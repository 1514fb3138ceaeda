/** A team comes in: the link of the terminal, log-in and sign-out, an invitation, and what each of them sees. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, startProduct } from '../../bench/harness/product.ts';
import { inspect, NOTHING } from './inspect.ts';
import { launchBrowser } from './setting.ts';

const PASSWORD = 'twelve letters at least';
let folder: string;
let product: Product;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopwatch-e2e-'));
  [product, browser] = await Promise.all([
    startProduct({ dataDir: folder, args: ['--auth', 'on'] }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('the first administrator comes in by the link and invites somebody, who only looks', async () => {
  const link = /http:\S+\/join#lwl_[\w-]+/.exec(product.output())![0];
  expect(await inspect(browser, link, 'You become the administrator')).toEqual(NOTHING);
  const { complaints, ...login } = await inspect(browser, product.dashboardUrl, 'Log in');
  expect(login).toEqual({ light: [], dark: [], isWiderThan320: false });
  // The browser says that the API wanted a log-in; nothing else.
  expect(complaints.filter((text) => !/status of 401/.test(text))).toEqual([]);

  const admin = await browser.newContext();
  const page = await admin.newPage();
  await page.goto(link);
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel(/^Password/).fill(PASSWORD);
  await page.getByRole('button', { name: 'Come in' }).click();
  await page.getByText('Nothing has arrived yet').waitFor();

  await page.goto(`${product.dashboardUrl}/settings/users`);
  await page.getByLabel('Name', { exact: true }).fill('Grace');
  await page.getByRole('button', { name: 'Invite' }).click();
  const invitation = (await page.locator('code').textContent())!;

  const viewer = await browser.newContext();
  const hers = await viewer.newPage();
  await hers.goto(invitation);
  await hers.getByText('with the role viewer').waitFor();
  await hers.getByLabel(/^Password/).fill(PASSWORD);
  await hers.getByRole('button', { name: 'Come in' }).click();
  await hers.getByText('Nothing has arrived yet').waitFor();
  await hers.goto(`${product.dashboardUrl}/settings/audit`);
  await hers.getByText('This is for the role admin; yours is viewer').waitFor();

  await page.goto(`${product.dashboardUrl}/settings/audit`);
  await page.getByText('Invited a user').waitFor();

  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await page.getByLabel('Name').fill('ada');
  await page.getByLabel('Password').fill('something else');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('The name or the password is wrong').waitFor();
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('Invited a user').waitFor();
  await Promise.all([admin.close(), viewer.close()]);
});
