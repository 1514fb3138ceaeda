import { randomBytes } from 'node:crypto';
import type { ProbeStep, ProbeVerdict } from '../../model/probe.ts';
import { JourneyMistake } from './failure.ts';
import { type RecordedRequest, toProbeRequest } from './requests.ts';

const MAX_STEPS = 100;
const MAX_REQUESTS = 200;
const MAX_NAME = 100;

/** What the observer adds to a step after its end. */
export type Observation = Pick<ProbeStep, 'screenshot' | 'vitals' | 'consoleErrors'>;

export interface StepsOptions {
  /** Milliseconds from the run's start. */
  now: () => number;
  /** All requests so far. */
  requests: readonly RecordedRequest[];
  /** Looks at the page when a step has ended; its time is not the step's. */
  observe: (index: number) => Promise<Observation>;
  /** Throws when the page that is shown failed, whatever the journey thinks of it. */
  check: () => void;
  /** How an error is told. */
  message: (thrown: unknown) => string;
  began: (name: string) => void;
  ended: (step: ProbeStep) => void;
}

export interface Steps {
  step<T>(name: string, body: () => Promise<T> | T): Promise<T>;
  /** The step that failed last, else the one that runs; '' outside of any. */
  blamed(): string;
  /** The index of its first request. */
  blamedFrom(): number;
  /** Ends the step that still runs, as failed. */
  abandon(thrown: unknown): Promise<void>;
  /** With all that became known of their requests since. */
  all(): ProbeStep[];
  /** Milliseconds the observer took in all. */
  observerMs(): number;
}

interface Entry {
  step: ProbeStep;
  /** Its requests are those from here on, up to the next step's. */
  from: number;
}

/** The steps of one run: their times, what was seen at their ends, and the requests that began in them. */
export function recordSteps(options: StepsOptions): Steps {
  const { now, requests, observe, check, message, began, ended } = options;
  const entries: Entry[] = [];
  let running: Entry | undefined;
  let failed: Entry | undefined;

  const begin = (name: string): Entry => {
    if (running !== undefined)
      throw new JourneyMistake(
        `the step "${name}" begins inside of "${running.step.name}"; steps do not nest`,
      );
    if (typeof name !== 'string' || name === '' || name.length > MAX_NAME)
      throw new JourneyMistake(`a step needs a name of at most ${MAX_NAME} characters`);
    if (entries.some(({ step }) => step.name === name))
      throw new JourneyMistake(`two steps are called "${name}"`);
    if (entries.length >= MAX_STEPS) throw new JourneyMistake(`there are more than ${MAX_STEPS} steps`);
    const entry = { step: emptyStep(name, now()), from: requests.length };
    entries.push(entry);
    began(name);
    return entry;
  };
  const end = async (entry: Entry, verdict: ProbeVerdict, thrown: unknown) => {
    const { step } = entry;
    const at = now();
    // At once: what the journey throws while the observer looks is of no step any more.
    running = undefined;
    if (verdict === 'failed') failed = entry;
    step.durationMs = hundredths(at - step.startMs);
    step.verdict = verdict;
    if (verdict === 'failed') step.error = message(thrown);
    Object.assign(step, await observe(entries.indexOf(entry)));
    step.observerMs = hundredths(now() - at);
    ended(withRequests(entry));
  };
  const withRequests = (entry: Entry): ProbeStep => {
    const next = entries[entries.indexOf(entry) + 1];
    const own = requests.slice(entry.from, next?.from).slice(0, MAX_REQUESTS);
    return { ...entry.step, startMs: hundredths(entry.step.startMs), requests: own.map(toProbeRequest) };
  };

  return {
    step: async (name, body) => {
      const entry = begin(name);
      running = entry;
      try {
        const value = await body();
        check();
        await end(entry, 'passed', undefined);
        return value;
      } catch (thrown) {
        // It may have been abandoned meanwhile: the run is over, and so is the step.
        if (running === entry) await end(entry, 'failed', thrown);
        throw thrown;
      }
    },
    blamed: () => (running ?? failed)?.step.name ?? '',
    blamedFrom: () => (running ?? failed)?.from ?? 0,
    abandon: async (thrown) => {
      const entry = running;
      if (entry === undefined) return;
      await end(entry, 'failed', thrown);
    },
    all: () => entries.map(withRequests),
    observerMs: () => entries.reduce((sum, { step }) => sum + step.observerMs, 0),
  };
}

function emptyStep(name: string, startMs: number): ProbeStep {
  return {
    name,
    spanId: randomBytes(8).toString('hex'),
    verdict: 'failed',
    startMs,
    durationMs: 0,
    observerMs: 0,
    error: '',
    screenshot: '',
    vitals: { lcp: null, cls: null, inp: null, fcp: null, ttfb: null },
    consoleErrors: 0,
    requests: [],
  };
}

const hundredths = (ms: number): number => Math.round(ms * 100) / 100;
