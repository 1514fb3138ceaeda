import { readFileSync } from 'node:fs';
import type { BrowserContext } from 'playwright';
import type { WebVitals } from '../../model/probe.ts';

const SCRIPT = readFileSync(new URL('./vitals-in-page.js', import.meta.url), 'utf8');
const BINDING = '__loopwatchVitals';
const NONE: WebVitals = { lcp: null, cls: null, inp: null, fcp: null, ttfb: null };
const NAMES = Object.keys(NONE) as (keyof WebVitals)[];
/** An hour: more is no measurement. */
const MOST = 3_600_000;

export interface VitalsFeed {
  /** What the pages' main frames told since the last call: the last value of each, of interactions the slowest. */
  take(): WebVitals;
}

/** Observes web vitals in every document that the context opens from now on. */
export async function observeVitals(context: BrowserContext): Promise<VitalsFeed> {
  let current = { ...NONE };
  await context.exposeBinding(BINDING, (_source, report: unknown) => {
    if (typeof report !== 'object' || report === null) return;
    for (const name of NAMES) {
      const value = (report as Record<string, unknown>)[name];
      // It comes from the page, which may say anything.
      if (typeof value !== 'number' || !(value >= 0 && value <= MOST)) continue;
      current[name] = name === 'inp' ? Math.max(current.inp ?? 0, value) : value;
    }
  });
  await context.addInitScript({ content: SCRIPT });
  return {
    take: () => {
      const taken = current;
      current = { ...NONE };
      return taken;
    },
  };
}
