/**
 * What a journey file imports, as `loopwatch/journey`. Types only behind it: the file can be read for its definition
 * without loading a browser.
 */
import type { BrowserContext, Page } from 'playwright';
import type { Expect } from 'playwright/test';

/** Everything may be left out. Durations as `30s`, `5m`. */
export interface JourneyOptions {
  /** How often it runs; at least 10s, default 1m. */
  every?: string;
  /** After this it is ended; at most `every` less 5s, default 30s or what fits. */
  timeout?: string;
  /** What is too slow: the whole journey, or a step by its name. */
  thresholds?: { total?: string; steps?: Record<string, string> };
  /** Free words that its results carry. */
  tags?: Record<string, string>;
  /** Where it runs; default everywhere. */
  locations?: string[];
  /** By reference: `env:NAME` or `file:/path`. `secret('name')` gives the value, results never do. */
  secrets?: Record<string, string>;
  /** Origins whose backend joins the trace: their requests get `traceparent`. Default none. */
  allow?: string[];
}

/** What a journey works with: Playwright's own page and context, and the words that make it measurable. */
export interface JourneyTools {
  page: Page;
  context: BrowserContext;
  /** Times `body` under a name; returns what it returns. Steps do not nest, and no two share a name. */
  step<T>(name: string, body: () => Promise<T> | T): Promise<T>;
  /** The value of a secret that `secrets` names. */
  secret(name: string): string;
  /** Playwright's assertions, which wait for what they want to see. */
  expect: Expect;
}

export type JourneyBody = (tools: JourneyTools) => Promise<void>;

/** The default export of a journey file. */
export interface Journey {
  name: string;
  options: JourneyOptions;
  body: JourneyBody;
}

/** Defines a journey. It is checked when the file is loaded, all problems at once. */
export function journey(name: string, options: JourneyOptions, body: JourneyBody): Journey {
  return { name, options, body };
}
