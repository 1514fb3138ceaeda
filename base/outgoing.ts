/**
 * The one way out of the product to addresses that people configure. The name is resolved once and the connection goes
 * to an address that was checked; there are no redirects, and time and size are bounded whatever the other side does.
 */
import { lookup as dnsLookup } from 'node:dns/promises';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { messageOf, Problem } from './errors.ts';
import { type Allowance, allowance, bareHost, isInnerAddress } from './inner-address.ts';

export interface OutgoingRequest {
  url: string;
  method: 'GET' | 'POST' | 'PUT';
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** For all of it: name, connection, answer. Milliseconds. */
  timeout: number;
  /** Hosts, addresses and networks that may be reached although they are not public; beside those of the setting. */
  allowPrivate?: readonly string[];
  /** PEM of the authorities that may have signed the other side's certificate; default: the system's. */
  ca?: string;
}

export interface OutgoingAnswer {
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  /** At most 64 KiB of it. */
  body: string;
}

export type SendOutgoing = (request: OutgoingRequest) => Promise<OutgoingAnswer>;

interface OutgoingOptions {
  /** Setting `outgoing-allow`. */
  allow?: readonly string[];
  /** All addresses of a name; default: the system's resolver. */
  lookup?: (host: string) => Promise<readonly string[]>;
}

const MOST_ANSWER_BYTES = 64 * 1024;
const MOST_URL = 2_048;
/** The status decides; a body that drips is not waited for longer. */
const BODY_WITHIN_MS = 2_000;
/** Below these, only the web's own: others are services that a crafted request could speak to. */
const FIRST_FREE_PORT = 1_024;
const WEB_PORTS = [80, 443];

/**
 * Any status is an answer, also 3xx, which is never followed.
 * @throws Problem `outgoing_refused` (never retryable): scheme, port or address; `outgoing_failed` (retryable): no
 * answer. Neither names more of the URL than scheme and host.
 */
export function createOutgoing(options: OutgoingOptions = {}): SendOutgoing {
  const allowed = allowance(options.allow ?? []);
  const lookup = options.lookup ?? resolve;
  return async (request) => {
    const url = parse(request.url);
    const extra = allowance(request.allowPrivate ?? []);
    const signal = AbortSignal.timeout(request.timeout);
    try {
      const address = await withSignal(checkedAddress(url, [allowed, extra], lookup), signal);
      return await exchange(url, address, request, signal);
    } catch (thrown) {
      throw failureOf(thrown, url, signal, request.timeout);
    }
  };
}

/** Scheme and host of a URL for people: paths, queries and credentials of webhooks are secrets. */
export function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'an invalid URL';
}

function parse(text: string): URL {
  if (text.length > MOST_URL || !URL.canParse(text))
    throw refused(`the URL is not one, or is longer than ${MOST_URL} characters`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refused(`only http and https are possible, not ${url.protocol.slice(0, 20)}`);
  if (url.username !== '' || url.password !== '')
    throw refused(`${url.origin}: user and password do not belong into the URL; give a header`);
  return url;
}

async function checkedAddress(
  url: URL,
  allowances: readonly Allowance[],
  lookup: (host: string) => Promise<readonly string[]>,
): Promise<string> {
  const host = bareHost(url.hostname);
  const isAllowedHost = allowances.some((one) => one.host(host));
  const addresses = isIP(host) === 0 ? await lookup(host) : [host];
  const isAllowed = (address: string) =>
    isAllowedHost || allowances.some((one) => one.address(address.split('%')[0]!));
  const forbidden = addresses.find((address) => isInnerAddress(address) && !isAllowed(address));
  if (forbidden !== undefined)
    throw refused(
      `${url.origin} leads to ${forbidden}, which is not a public address. If that is meant, allow it: outgoing-allow, or allow_private of the receiver`,
    );
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (port < FIRST_FREE_PORT && !WEB_PORTS.includes(port) && !addresses.every(isAllowed))
    throw refused(`${url.origin}: port ${port} is not one for webhooks`);
  if (addresses.length === 0) throw new Error('the name has no address');
  return addresses[0]!;
}

async function resolve(host: string): Promise<readonly string[]> {
  return (await dnsLookup(host, { all: true, verbatim: true })).map(({ address }) => address);
}

function exchange(
  url: URL,
  address: string,
  { method, headers, body, ca }: OutgoingRequest,
  signal: AbortSignal,
): Promise<OutgoingAnswer> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const call: ClientRequest = start(url, {
      method,
      // A connection for each call: one that is kept belongs to an address that was checked long ago.
      agent: false,
      lookup: pinned(address),
      signal,
      ...(ca === undefined ? {} : { ca }),
      headers: {
        'User-Agent': 'Loopwatch',
        ...headers,
        ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }),
        Connection: 'close',
      },
    });
    call.once('response', (response) => {
      // From here on an answer is there, whatever becomes of the rest of it.
      call.off('error', reject).on('error', () => {});
      readAnswer(response, resolve);
    });
    call.once('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: {}, body: '' });
    });
    call.once('error', reject);
    call.end(body);
  });
}

/** The connection asks for a name and gets the address that was checked, whatever a resolver says by now. */
function pinned(address: string): LookupFunction {
  return (_, options, callback) => {
    const family = isIP(address);
    if (options.all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

function readAnswer(response: IncomingMessage, resolve: (answer: OutgoingAnswer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const done = () => {
    clearTimeout(timer);
    response.destroy();
    resolve({
      status: response.statusCode ?? 0,
      headers: response.headers as Record<string, string | undefined>,
      body: Buffer.concat(chunks).subarray(0, MOST_ANSWER_BYTES).toString(),
    });
  };
  const timer = setTimeout(done, BODY_WITHIN_MS);
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MOST_ANSWER_BYTES) done();
  });
  // Cut off within the body: the status has been said, and that is what counts.
  for (const event of ['end', 'error', 'close'] as const) response.once(event, done);
}

function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function refused(sentence: string): Problem {
  return new Problem('outgoing_refused', sentence);
}

function failureOf(thrown: unknown, { origin }: URL, { aborted }: AbortSignal, timeout: number): Problem {
  if (thrown instanceof Problem) return thrown;
  const reason = aborted ? `no answer within ${timeout / 1_000} s` : messageOf(thrown).slice(0, 200);
  return new Problem('outgoing_failed', `${origin}: ${reason}`, { retryable: true });
}
