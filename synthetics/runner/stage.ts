import type { Browser, BrowserContext, CDPSession, Page } from 'playwright';
import { attach } from './trace-headers.ts';
import { observeVitals, type VitalsFeed } from './vitals.ts';

/** A fresh context with one empty page: nothing of an earlier run is in it. */
export interface Stage {
  context: BrowserContext;
  page: Page;
  vitals: VitalsFeed;
  /** With the page. */
  session: CDPSession;
  /** Where Playwright writes the HAR when the context closes, '' when it does not. */
  har: string;
  /** False when the context did not close within its limit: the browser hangs. */
  close(): Promise<boolean>;
}

const CLOSE_LIMIT_MS = 2_000;
/** Writing the HAR of a large page takes its time. */
const CLOSE_LIMIT_WITH_HAR_MS = 4_000;

/** @param har where one is to be written when the context closes, '' for none */
export async function openStage(browser: Browser, har = ''): Promise<Stage> {
  const context = await browser.newContext({
    acceptDownloads: false,
    ...(har === '' ? {} : { recordHar: { path: har, content: 'omit' as const } }),
  });
  const vitals = await observeVitals(context);
  const page = await context.newPage();
  const session = await attach(context, page);
  const limit = har === '' ? CLOSE_LIMIT_MS : CLOSE_LIMIT_WITH_HAR_MS;
  return { context, page, vitals, session, har, close: () => within(context.close(), limit) };
}

/** Whether a promise is fulfilled within `ms`. */
export function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    promise
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(() => clearTimeout(timer));
  });
}
