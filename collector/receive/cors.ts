import type { IncomingMessage, ServerResponse } from 'node:http';

/** Headers that browsers' exporters send, beyond those that need no leave. */
const REQUEST_HEADERS =
  'Authorization, Content-Encoding, Content-Type, User-Agent, X-Requested-With, Traceparent, Tracestate, Baggage';
/** Chromium remembers a preflight for two hours at most. */
const MAX_AGE_S = '7200';

/**
 * Lets pages of these origins send and read the answer (WHATWG Fetch, CORS protocol). Never with credentials: a page
 * needs no cookie to send telemetry, and `*` would then be any site in the name of the reader.
 * @param origins exact origins, or `*`; empty: no page may
 * @returns true when the request was a preflight and has been answered
 */
export function answerCors(
  request: IncomingMessage,
  response: ServerResponse,
  origins: readonly string[],
): boolean {
  const { origin } = request.headers;
  if (origins.length === 0 || origin === undefined) return false;
  const any = origins.includes('*');
  if (!any) response.setHeader('Vary', 'Origin');
  const preflight =
    request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
  if (any || origins.includes(origin)) {
    response.setHeader('Access-Control-Allow-Origin', any ? '*' : origin);
    if (preflight) {
      response.setHeader('Access-Control-Allow-Methods', 'POST');
      response.setHeader('Access-Control-Allow-Headers', REQUEST_HEADERS);
      response.setHeader('Access-Control-Max-Age', MAX_AGE_S);
    } else response.setHeader('Access-Control-Expose-Headers', 'Retry-After');
  }
  // Without leave in its answer, the browser does not send the request.
  if (preflight) response.writeHead(204).end();
  return preflight;
}
