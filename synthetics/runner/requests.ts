import type { BrowserContext, Request } from 'playwright';
import type { ProbeRequest, RequestPhases } from '../../model/probe.ts';
import type { Redact } from '../journey/secrets.ts';

const RECORDED = new Set(['document', 'xhr', 'fetch']);
const MAX_REQUESTS = 2_000;
const MAX_URL = 1_000;
/** A page that leaves, a cancelled fetch: nobody's fault. */
const NO_FAULT = /ERR_ABORTED|ERR_BLOCKED_BY/;

/** A document or API call as it goes on. */
export interface RecordedRequest extends ProbeRequest {
  /** The main frame's document, not an iframe's and not an API call. */
  isPage: boolean;
  /** '' unless it failed: what Chromium says, `net::ERR_…`. */
  error: string;
  /** No byte of an answer yet. */
  isUnanswered: boolean;
}

export interface RequestLog {
  /** In the order they began, at most 2,000. */
  readonly all: readonly RecordedRequest[];
  /** The page that is shown, null before the first one. */
  page(): RecordedRequest | null;
  /** As they are now: own requests (the page's origin and allowed ones) from the n-th on that got 5xx or failed. */
  faulty(from: number): RecordedRequest[];
  /** As they are now: own requests that still wait for their first byte. */
  unanswered(): RecordedRequest[];
  /** Resolves when what was really sent is known of every finished request. */
  settled(): Promise<unknown>;
}

/**
 * Notes documents, XHR and fetch calls of all pages of a context, with the phases Chromium measured.
 * @param now milliseconds from the run's start
 * @param startedAt the run's start, unix milliseconds
 */
export function recordRequests(
  context: BrowserContext,
  { allow, redact, now, startedAt }: RecordingOptions,
): RequestLog {
  const all: RecordedRequest[] = [];
  const known = new WeakMap<Request, RecordedRequest>();
  const headers: Promise<void>[] = [];
  let page: RecordedRequest | null = null;

  const finish = (request: Request, record: RecordedRequest) => {
    const timing = request.timing();
    if (timing.startTime > 0) record.startMs = Math.max(0, timing.startTime - startedAt);
    record.durationMs = timing.responseEnd > 0 ? timing.responseEnd : now() - record.startMs;
    record.phases = phasesOf(timing);
    // What was really sent, so that a span is only claimed where the header went out.
    if (allow.includes(originOf(request.url())))
      headers.push(
        request.allHeaders().then(
          (sent) => {
            record.spanId = /^00-[0-9a-f]{32}-([0-9a-f]{16})-/.exec(sent.traceparent ?? '')?.[1] ?? '';
          },
          () => {},
        ),
      );
  };

  context.on('request', (request) => {
    if (!RECORDED.has(request.resourceType()) || all.length >= MAX_REQUESTS) return;
    const record = begin(request, now(), redact);
    known.set(request, record);
    all.push(record);
    if (record.isPage) page = record;
  });
  context.on('response', (response) => {
    const record = known.get(response.request());
    if (record === undefined) return;
    record.status = response.status();
    record.isUnanswered = false;
  });
  context.on('requestfinished', (request) => {
    const record = known.get(request);
    if (record !== undefined) finish(request, record);
  });
  context.on('requestfailed', (request) => {
    const record = known.get(request);
    if (record === undefined) return;
    record.error = request.failure()?.errorText ?? 'failed';
    record.isUnanswered = false;
    finish(request, record);
  });

  const isOurs = (record: RecordedRequest) =>
    record.isPage ||
    allow.includes(originOf(record.url)) ||
    originOf(record.url) === originOf(page?.url ?? '');
  return {
    all,
    page: () => page,
    faulty: (from) =>
      all
        .slice(from)
        .filter(isOurs)
        .filter(({ status, error }) => status >= 500 || (error !== '' && !NO_FAULT.test(error)))
        .map((record) => ({ ...record })),
    unanswered: () =>
      all.filter((record) => record.isUnanswered && isOurs(record)).map((record) => ({ ...record })),
    settled: () => Promise.all(headers),
  };
}

export interface RecordingOptions {
  /** Origins whose requests carry a span. */
  allow: readonly string[];
  redact: Redact;
  now: () => number;
  startedAt: number;
}

/** As it is told to others: without what only the runner needs, times rounded to a hundredth of a millisecond. */
export function toProbeRequest({
  isPage: _page,
  error: _error,
  isUnanswered: _wait,
  ...rest
}: RecordedRequest): ProbeRequest {
  return { ...rest, startMs: hundredths(rest.startMs), durationMs: hundredths(rest.durationMs) };
}

function begin(request: Request, startMs: number, redact: Redact): RecordedRequest {
  return {
    method: request.method(),
    url: redact(withoutCredentials(request.url())).slice(0, MAX_URL),
    status: 0,
    startMs,
    durationMs: 0,
    phases: { dns: null, connect: null, tls: null, ttfb: null, transfer: null },
    spanId: '',
    isPage: request.isNavigationRequest() && isMainFrame(request),
    error: '',
    isUnanswered: true,
  };
}

type Timing = ReturnType<Request['timing']>;

/** Resource Timing as Playwright hands it on: milliseconds from `startTime`, -1 for what did not happen. */
function phasesOf(timing: Timing): RequestPhases {
  const between = (from: number, to: number) => (from < 0 || to < from ? null : hundredths(to - from));
  const tls = timing.secureConnectionStart;
  return {
    dns: between(timing.domainLookupStart, timing.domainLookupEnd),
    connect: between(timing.connectStart, tls > 0 ? tls : timing.connectEnd),
    tls: tls > 0 ? between(tls, timing.connectEnd) : null,
    ttfb: between(timing.requestStart, timing.responseStart),
    transfer: between(timing.responseStart, timing.responseEnd),
  };
}

/** The first request of a new page has no frame yet, and is the main frame's. */
function isMainFrame(request: Request): boolean {
  try {
    return request.frame().parentFrame() === null;
  } catch {
    return true;
  }
}

function withoutCredentials(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  url.username = '';
  url.password = '';
  return url.href;
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : '');
const hundredths = (ms: number): number => Math.round(ms * 100) / 100;
