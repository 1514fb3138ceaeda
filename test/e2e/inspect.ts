/** What every page must hold: axe, the CSP, a screen of 320 pixels. */
import AxeBuilder from '@axe-core/playwright';
import type { Browser } from 'playwright';

/**
 * Opens the page and waits for the text.
 * @returns what axe finds, and what the page or the browser complained of on the console
 */
export async function inspect(
  browser: Browser,
  url: string,
  shows: string,
  colorScheme: 'light' | 'dark',
): Promise<{ violations: string[]; complaints: string[] }> {
  const context = await browser.newContext({ colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // The browser itself reports the 404 of an unknown trace.
    if (message.type() === 'error' && !/status of 404/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  await page.getByText(shows).first().waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  await context.close();
  return {
    violations: violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`),
    complaints,
  };
}

/** Width of the page, in pixels, on a screen of 320. */
export async function widthAt320(browser: Browser, url: string, shows: string): Promise<number> {
  const page = await browser.newPage({ viewport: { width: 320, height: 640 } });
  await page.goto(url);
  await page.getByText(shows).first().waitFor({ state: 'attached' });
  const width = await page.evaluate('document.documentElement.scrollWidth');
  await page.close();
  return Number(width);
}
