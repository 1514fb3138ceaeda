/** What every page must hold: axe in both colours, the CSP, a screen of 320 pixels. */
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright';

export interface Findings {
  /** What axe finds. */
  light: string[];
  dark: string[];
  /** What the page or the browser complained of on the console. */
  complaints: string[];
  isWiderThan320: boolean;
}

/** The findings of a page that is as it should be. */
export const NOTHING: Findings = { light: [], dark: [], complaints: [], isWiderThan320: false };

/** Opens the page once, waits for the text, and looks at it in all these ways. */
export async function inspect(browser: Browser, url: string, shows: string): Promise<Findings> {
  const context = await browser.newContext({ colorScheme: 'light', reducedMotion: 'reduce' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // The browser itself reports the 404 of an unknown trace.
    if (message.type() === 'error' && !/status of 404/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  await page.getByText(shows).first().waitFor();
  const light = await violations(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await violations(page);
  const isWiderThan320 = await staysWiderThan(page, 320);
  await context.close();
  return { light, dark, complaints, isWiderThan320 };
}

async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}

/** Charts follow a new width a frame or two later. */
async function staysWiderThan(page: Page, pixels: number): Promise<boolean> {
  await page.setViewportSize({ width: pixels, height: 640 });
  return page
    .waitForFunction(`document.documentElement.scrollWidth <= ${pixels}`, undefined, { timeout: 5_000 })
    .then(() => false)
    .catch(() => true);
}
