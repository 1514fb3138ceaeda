import { type ClientRequest, type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { HttpCheck } from './check.ts';
import { type Answer, expectAnswer } from './expect.ts';
import { Failed } from './failures.ts';
import { Exchange, type Probing } from './probing.ts';
import { expectCertificate, expiryOf } from './tls.ts';

/** What is read of an answer's body; expectations see no more. */
const MAX_BODY_BYTES = 2 ** 20;
/** Not sent on to another origin, as browsers and `fetch` do it; nor is any header that holds a secret. */
const OF_THE_ORIGIN = /^(?:authorization|cookie|proxy-authorization)$/;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What is sent; headers by lower-case name. */
interface Ask {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string;
}

/** Asks, follows redirects by hand, and holds the last answer against what is expected. @throws Failed */
export async function request(check: HttpCheck, probing: Probing): Promise<void> {
  let ask = firstAsk(check, probing);
  const own = ask.url.origin;
  for (let followed = 0; ; followed++) {
    const answer = await exchange(ask, check, probing, ask.url.origin === own);
    const to = check.redirects === 0 ? null : redirectOf(answer, ask.url);
    if (to === null) {
      expectAnswer(answer, check.expect);
      if (check.expect.certificate !== null && ask.url.protocol === 'https:')
        expectCertificate(probing.certificateExpiresAt, check.expect.certificate);
      return;
    }
    if (followed === check.redirects)
      throw new Failed('assertion', `it redirects more than ${check.redirects} times`);
    ask = nextAsk(ask, to, answer.status, check);
  }
}

function firstAsk(check: HttpCheck, probing: Probing): Ask {
  const headers: Record<string, string> = {
    accept: '*/*',
    // What comes packed would have to be unpacked within limits; a check asks for what it can read.
    'accept-encoding': 'identity',
    'user-agent': 'Loopwatch (synthetic check)',
  };
  for (const [name, value] of Object.entries(check.headers))
    headers[name.toLowerCase()] = probing.reveal(value);
  const url = new URL(probing.reveal(check.url));
  return { url, method: check.method, headers, body: probing.reveal(check.body) };
}

/** Where an answer sends us; null when it is not a redirect. @throws Failed for places we do not go to */
function redirectOf({ status, headers }: Answer, from: URL): URL | null {
  if (!REDIRECTS.has(status)) return null;
  const [location] = headers.location ?? [];
  if (location === undefined) return null;
  if (!URL.canParse(location, from.href))
    throw new Failed(
      'assertion',
      `it redirects to ${JSON.stringify(location.slice(0, 200))}, which is not a URL`,
    );
  const to = new URL(location, from.href);
  if (!/^https?:$/.test(to.protocol))
    throw new Failed(
      'assertion',
      `it redirects to ${to.protocol.slice(0, 50)}//, which is neither http nor https`,
    );
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw new Failed('assertion', `it redirects from https to http (${to.origin})`);
  to.username = '';
  to.password = '';
  return to;
}

/** By the Fetch standard: 303 and a 301 or 302 to a POST become a GET; another origin learns no secrets. */
function nextAsk(ask: Ask, url: URL, status: number, check: HttpCheck): Ask {
  const becomesGet =
    (status === 303 && ask.method !== 'HEAD') ||
    ((status === 301 || status === 302) && ask.method === 'POST');
  const secret = new Set(
    Object.entries(check.headers)
      .filter(([, value]) => value.includes('${'))
      .map(([name]) => name.toLowerCase()),
  );
  const isSame = url.origin === ask.url.origin;
  const headers = Object.entries(ask.headers).filter(
    ([name]) =>
      (isSame || !(OF_THE_ORIGIN.test(name) || secret.has(name))) &&
      !(becomesGet && name.startsWith('content-')),
  );
  const body = becomesGet || !isSame ? '' : ask.body;
  return { url, method: becomesGet ? 'GET' : ask.method, headers: Object.fromEntries(headers), body };
}

/** One request and its answer, measured. @param joins whether the target is told of our trace */
async function exchange(ask: Ask, check: HttpCheck, probing: Probing, joins: boolean): Promise<Answer> {
  const exchange = new Exchange(probing, ask.method, shown(ask.url));
  const { request } = exchange;
  exchange.addresses.admit(ask.url.hostname);
  const isTls = ask.url.protocol === 'https:';
  const trace = { traceparent: `00-${probing.order.traceId}-${request.spanId}-01`, tracestate: 'lw=p' };
  const outgoing = (isTls ? secure : plain)(ask.url, {
    method: ask.method,
    headers: { ...ask.headers, ...(joins ? trace : {}) },
    // A connection of its own for every run: a warm one would hide what a user waits for.
    agent: false,
    lookup: exchange.addresses.lookup,
    rejectUnauthorized: check.verify,
  });
  outgoing.on('socket', (socket) => {
    exchange.follow(socket, isTls);
    socket.once('secureConnect', () => {
      probing.certificateExpiresAt = expiryOf(socket as TLSSocket);
    });
  });
  const answered = async (): Promise<Answer> => {
    const incoming = await responseOf(outgoing, ask.body);
    request.status = incoming.statusCode ?? 0;
    exchange.ended('ttfb', 'end of the answer');
    const body = await bodyOf(incoming);
    exchange.ended('transfer', 'end of the answer');
    return { status: request.status, headers: incoming.headersDistinct, ...body };
  };
  return exchange.within(answered(), () => outgoing.destroy());
}

/** Credentials are refused in definitions; a fragment is never sent. */
function shown(url: URL): string {
  return url.origin + url.pathname + url.search;
}

function responseOf(outgoing: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    // For good: what a cut connection still says has been said.
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function bodyOf(incoming: IncomingMessage): Promise<Pick<Answer, 'body' | 'isCut'>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BODY_BYTES) break;
  }
  const body = Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString('utf8');
  return { body, isCut: size > MAX_BODY_BYTES };
}
