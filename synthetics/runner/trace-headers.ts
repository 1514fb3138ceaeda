import { randomBytes } from 'node:crypto';
import type { BrowserContext, CDPSession, Page } from 'playwright';

const TYPES = ['Document', 'XHR', 'Fetch'] as const;
/** Probe traffic is told from real users by this member of `tracestate`; SDKs hand it on with the trace. */
const MARK = 'lw=p';
/** W3C Trace Context allows 32 members. */
const MAX_MEMBERS = 32;

export interface InjectionOptions {
  traceId: string;
  /** Origins; requests anywhere else are not even looked at. */
  allow: readonly string[];
  /** Told of every piece of an answer's body, as it came over the wire. */
  received: (bytes: number) => void;
}

/**
 * Lets a page's requests to allowed origins carry the run's trace, each under a span id of its own, and counts what the
 * page receives. By CDP: extra headers of a context would break third-party CORS calls, routing turns the HTTP cache
 * off, a wrapper around `fetch` misses documents. Not covered: iframes of other sites and service workers.
 */
export async function injectTrace(session: CDPSession, options: InjectionOptions): Promise<void> {
  session.on('Network.dataReceived', ({ encodedDataLength, dataLength }) =>
    options.received(encodedDataLength || dataLength),
  );
  session.on('Fetch.requestPaused', (event) => void answer(session, event, options.traceId));
  const patterns = options.allow.flatMap((origin) =>
    TYPES.map((resourceType) => ({
      urlPattern: `${origin}/*`,
      resourceType,
      requestStage: 'Request' as const,
    })),
  );
  await session.send('Fetch.enable', { patterns: [...patterns, { urlPattern: 'file:*' }] });
}

/** A session of our own with a page, which tells of its network without keeping bodies for us. */
export async function attach(context: BrowserContext, page: Page): Promise<CDPSession> {
  const session = await context.newCDPSession(page);
  await session.send('Network.enable', { maxTotalBufferSize: 0, maxResourceBufferSize: 0 });
  return session;
}

interface Paused {
  requestId: string;
  request: { url: string; headers: Record<string, string> };
}

async function answer(session: CDPSession, { requestId, request }: Paused, traceId: string): Promise<void> {
  const command = request.url.startsWith('file:')
    ? session.send('Fetch.failRequest', { requestId, errorReason: 'AccessDenied' })
    : session.send('Fetch.continueRequest', { requestId, headers: withTrace(request.headers, traceId) });
  // The page may be gone by now.
  await command.catch(() => {});
}

/** The request's headers with `traceparent` replaced and `tracestate` extended (W3C Trace Context, sections 3.2, 3.3). */
export function withTrace(
  headers: Record<string, string>,
  traceId: string,
): { name: string; value: string }[] {
  const kept = Object.entries(headers).filter(([name]) => !/^(?:traceparent|tracestate)$/i.test(name));
  const state = Object.entries(headers)
    .filter(([name]) => /^tracestate$/i.test(name))
    .flatMap(([, value]) => value.split(','))
    .map((member) => member.trim())
    .filter((member) => member !== '' && !member.startsWith('lw='));
  return [
    ...kept.map(([name, value]) => ({ name, value })),
    { name: 'traceparent', value: `00-${traceId}-${randomBytes(8).toString('hex')}-01` },
    { name: 'tracestate', value: [MARK, ...state].slice(0, MAX_MEMBERS).join(',') },
  ];
}
