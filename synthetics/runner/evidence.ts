import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright';
import type { ProbeArtifact } from '../../model/probe.ts';
import type { Redact } from '../journey/secrets.ts';
import type { KeptArtifact } from './port.ts';

const MAX_CONSOLE_LINES = 200;
const MAX_CONSOLE_LINE = 500;
const SCREENSHOT_LIMIT_MS = 2_000;

const TYPES = {
  screenshot: 'image/jpeg',
  trace: 'application/zip',
  har: 'application/json',
  console: 'text/plain',
} as const satisfies Record<ProbeArtifact['kind'], string>;

/** Hashes a file of the run. @returns null when it is not there */
export async function keep(kind: ProbeArtifact['kind'], path: string): Promise<KeptArtifact | null> {
  const content = await readFile(path).catch(() => null);
  if (content === null || content.length === 0) return null;
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { kind, sha256, bytes: content.length, type: TYPES[kind], path };
}

/**
 * A picture of what is on the page, with every field and every text that shows a secret covered.
 * @returns null when the page gives none within 2 s
 */
export async function takeScreenshot(
  page: Page,
  path: string,
  secrets: readonly string[],
): Promise<KeptArtifact | null> {
  const mask =
    secrets.length === 0
      ? []
      : [page.locator('input, textarea'), ...secrets.map((one) => page.getByText(one))];
  const taken = await page
    .screenshot({ path, type: 'jpeg', quality: 60, timeout: SCREENSHOT_LIMIT_MS, caret: 'initial', mask })
    .catch(() => null);
  return taken === null ? null : keep('screenshot', path);
}

export interface ConsoleLog {
  /** Errors and uncaught exceptions so far. */
  errors(): number;
  /** Errors and warnings, at most 200 lines. */
  text(): string;
}

/** Listens to the console of every page of the context. */
export function recordConsole(context: BrowserContext, redact: Redact, now: () => number): ConsoleLog {
  const lines: string[] = [];
  let errors = 0;
  const add = (kind: string, text: string) => {
    if (lines.length < MAX_CONSOLE_LINES)
      lines.push(`${(now() / 1_000).toFixed(3)} s ${kind}: ${redact(text).slice(0, MAX_CONSOLE_LINE)}`);
  };
  context.on('console', (message) => {
    if (message.type() === 'error') errors++;
    if (message.type() === 'error' || message.type() === 'warning') add(message.type(), message.text());
  });
  context.on('weberror', (error) => {
    errors++;
    add('exception', error.error().message);
  });
  return { errors: () => errors, text: () => lines.map((line) => `${line}\n`).join('') };
}

/** Writes the console's lines. @returns null when there are none */
export async function keepConsole({ text }: ConsoleLog, path: string): Promise<KeptArtifact | null> {
  if (text() === '') return null;
  await writeFile(path, text());
  return keep('console', path);
}

/** Takes secrets and credentials out of the HAR that Playwright wrote at `path`. @returns null when it wrote none */
export async function keepHar(path: string, redact: Redact): Promise<KeptArtifact | null> {
  if ((await stat(path).catch(() => null)) === null) return null;
  const har = JSON.parse(await readFile(path, 'utf8'), (key, value: unknown) =>
    key === 'headers' && Array.isArray(value) ? value.map(withoutCredential) : key === 'cookies' ? [] : value,
  ) as unknown;
  await writeFile(path, redact(JSON.stringify(har)));
  return keep('har', path);
}

function withoutCredential(header: { name?: string; value?: string }): object {
  return /^(?:authorization|cookie|set-cookie|proxy-authorization)$/i.test(header.name ?? '')
    ? { ...header, value: '[not kept]' }
    : header;
}
