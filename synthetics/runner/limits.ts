import type { EventEmitter } from 'node:events';
import type { BrowserContext, Page } from 'playwright';
import type { FailureClass } from '../../model/probe.ts';

/** More than any journey needs; what passes one of them is ended with its reason. */
export const LIMITS = { pages: 10, dialogs: 20, bytes: 256 * 2 ** 20 } as const;

/** Why a run was ended from outside, and who is to blame. */
export class Stopped extends Error {
  readonly blame: FailureClass;

  constructor(blame: FailureClass, message: string) {
    super(message);
    this.name = 'Stopped';
    this.blame = blame;
  }
}

export interface Guard {
  /** Counts bytes of answers. */
  received(bytes: number): void;
}

/** Watches a context and calls `stop` once when a limit is passed, a tab crashes or it leaves http and https. */
export function guard(context: BrowserContext, stop: (reason: Stopped) => void): Guard {
  let dialogs = 0;
  let bytes = 0;
  const watch = (page: Page) => {
    page.on('crash', () =>
      stop(
        new Stopped(
          'probe',
          'a tab of the browser crashed, which may be out of memory or a fault of the browser',
        ),
      ),
    );
    page.on('framenavigated', (frame) => {
      if (frame.parentFrame() === null) refuse(frame.url());
    });
  };
  const refuse = (url: string) => {
    if (!/^(?:https?:|about:blank|about:srcdoc|blob:https?:|chrome-error:|$)/.test(url))
      stop(new Stopped('probe', `${url.slice(0, 100)} was refused: journeys go to http and https only`));
  };
  context.on('page', (page) => {
    watch(page);
    if (context.pages().length > LIMITS.pages) void tooManyPages(page, stop);
  });
  context.on('request', (request) => {
    if (request.isNavigationRequest()) refuse(request.url());
  });
  context.on('dialog', (dialog) => {
    dialogs++;
    if (dialogs > LIMITS.dialogs)
      stop(new Stopped('assertion', `the page opened more than ${LIMITS.dialogs} dialogs`));
    // Playwright dismisses dialogs only when nobody listens, and now somebody does.
    const isAnswered = listeners(context) > 1 || listeners(dialog.page()) > 0;
    if (!isAnswered) void dialog.dismiss().catch(() => {});
  });
  for (const page of context.pages()) watch(page);
  return {
    received: (count) => {
      bytes += count;
      if (bytes > LIMITS.bytes)
        stop(new Stopped('assertion', `the pages sent more than ${LIMITS.bytes / 2 ** 20} MiB`));
    },
  };
}

/** How many listen to dialogs there: Playwright's objects are emitters, which its types do not say. */
function listeners(emitter: unknown): number {
  return (emitter as EventEmitter | null)?.listenerCount('dialog') ?? 0;
}

/** A page that opens pages is the site's doing, a journey that does is its own. */
async function tooManyPages(page: Page, stop: (reason: Stopped) => void): Promise<void> {
  const opener = await page.opener().catch(() => null);
  stop(
    opener === null
      ? new Stopped('probe', `the journey opened more than ${LIMITS.pages} tabs`)
      : new Stopped('assertion', `the page opened more than ${LIMITS.pages} tabs`),
  );
}
