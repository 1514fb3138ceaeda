import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Where a browser for journeys was found. */
export interface FoundBrowser {
  path: string;
  source: 'configured' | 'playwright' | 'system';
}

/** Chromium without windows: half the CPU of a whole one. */
const HEADLESS_NAMES = ['chromium-headless-shell', 'chrome-headless-shell'];
const SYSTEM_NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge',
];
const SYSTEM_PATHS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * The browser journeys will run in: the configured one, else Playwright's own, else an installed Chromium or Chrome;
 * null when there is none. A configured path that is not there is null too: it was meant.
 * @param searchPath the `PATH` to look through
 * @param headed it must be able to show windows
 */
export async function findBrowser(
  configured: string,
  searchPath: string,
  headed = false,
): Promise<FoundBrowser | null> {
  if (configured !== '')
    return (await isExecutable(configured)) ? { path: configured, source: 'configured' } : null;
  const own = await playwrightsOwn();
  if (own !== '' && (await isExecutable(own))) return { path: own, source: 'playwright' };
  const folders = searchPath.split(delimiter).filter(Boolean);
  const candidates = [
    ...[...(headed ? [] : HEADLESS_NAMES), ...SYSTEM_NAMES].flatMap((name) =>
      folders.map((folder) => join(folder, name)),
    ),
    ...SYSTEM_PATHS,
  ];
  for (const path of candidates) if (await isExecutable(path)) return { path, source: 'system' };
  return null;
}

/** Where Playwright would have put its Chromium; '' when it does not say. */
async function playwrightsOwn(): Promise<string> {
  const script = fileURLToPath(new URL('./playwright-path.ts', import.meta.url));
  return promisify(execFile)(process.execPath, [script], { timeout: 10_000 }).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
