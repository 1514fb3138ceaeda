import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { Problem } from '../../base/errors.ts';
import type { Health } from '../../model/health.ts';
import type { Signal } from '../../model/otlp.ts';
import { type Encoding, statusMessage, successMessage } from './answers.ts';
import { type ArtifactSink, isUpload, uploadOf } from './artifacts.ts';
import { answerCors } from './cors.ts';
import { addressOf, type Door, type Origin, OWN_HEADER } from './door.ts';
import { answerWatcher } from './health.ts';
import { RETRY_AFTER_S, type Refusal } from './refusals.ts';
import { checkToken } from './token.ts';
import { ENCODINGS, encodingOf } from './unpack.ts';

const PATHS = new Map<string, Signal>([
  ['/v1/traces', 'traces'],
  ['/v1/metrics', 'metrics'],
  ['/v1/logs', 'logs'],
]);
const MEDIA_TYPES = new Map<string, Encoding>([
  ['application/x-protobuf', 'protobuf'],
  ['application/json', 'json'],
]);
/** The rest of a refused body up to this size is read, so that its connection goes on. */
const DRAINED_BYTES = 64 * 1_024;
const MEDIA_TYPE_OF = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;

/**
 * OTLP over HTTP/1.1: `POST /v1/{traces,metrics,logs}`, protobuf and JSON. Not listening yet.
 * @param corsOrigins pages of these may send; see `answerCors`
 * @param artifacts takes `PUT /v1/artifacts/<sha256>`; without it there is no such path
 * @param health answers `GET /healthz`, `/readyz` and `/metrics`; the same
 * @param tls certificate and key; without them in the clear
 */
export function createOtlpHttp(
  door: Door,
  corsOrigins: readonly string[] = [],
  artifacts?: ArtifactSink,
  health?: Health,
  tls?: SecureContextOptions,
): Server | SecureServer {
  const { limits } = door;
  const options = {
    keepAliveTimeout: limits.httpIdleMs,
    headersTimeout: limits.headersWithinMs,
    // The body's own limit answers properly; this one cuts what is left.
    requestTimeout: limits.headersWithinMs + limits.bodyWithinMs + limits.lingerMs,
    connectionsCheckingInterval: Math.min(limits.headersWithinMs / 2, 5_000),
  };
  const server = tls
    ? createSecureServer({ ...options, ...tls, handshakeTimeout: limits.headersWithinMs })
    : createServer(options);
  server.maxConnections = limits.maxConnections;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    if (health && answerWatcher(request, response, health, door.mayDeliver)) return;
    if (!answerCors(request, response, corsOrigins)) void receive(door, request, response, artifacts);
  };
  server.on('request', handle);
  // Answered by us, so that a body that will be refused is never asked for.
  server.on('checkContinue', handle);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    brokenHttp(door, error, socket as Socket),
  );
  return server;
}

async function receive(
  door: Door,
  request: IncomingMessage,
  response: ServerResponse,
  artifacts?: ArtifactSink,
): Promise<void> {
  const origin = originOf(door, request);
  door.senders.knock(origin);
  const encoding = encodingOfType(request) ?? (isUpload(request) ? 'json' : 'protobuf');
  let hold: ReturnType<Door['budget']['enter']> | undefined;
  try {
    const upload = artifacts && uploadOf(request);
    // Everything up to the whole body is the same for both.
    const signal = upload ? undefined : route(request);
    checkToken(request.headers.authorization, door.mayDeliver, upload ? 'artifacts' : 'otlp');
    const packing = packingOf(request);
    if (Number(request.headers['content-length'] ?? 0) > door.limits.maxBytes) throw door.tooLarge();
    hold = door.budget.enter();
    if (request.headers.expect !== undefined) response.writeContinue();
    const packed = await door.collect(request, hold);
    if (signal === undefined) {
      const done = await artifacts!.put(upload!.sha256, upload!.type, packed);
      send(door, request, response, done === 'created' ? 201 : 200, 'json', Buffer.from('{}'));
      return;
    }
    const taken = await door.take(packed, packing, signal, hold, encoding === 'json');
    const body = successMessage(signal, taken.rejected, taken.reason, encoding);
    send(door, request, response, 200, encoding, body);
    door.senders.accepted(origin, taken);
  } catch (thrown) {
    const refusal = door.refuse(origin, thrown);
    const body = statusMessage(refusal, encoding);
    send(door, request, response, refusal.status, encoding, body, headersOf(refusal, request));
  } finally {
    hold?.release();
  }
}

function originOf(door: Door, request: IncomingMessage): Origin {
  return {
    transport: encodingOfType(request) === 'json' ? 'http/json' : 'http/protobuf',
    address: addressOf(request.socket),
    agent: request.headers['user-agent'] ?? '',
    isOwn: door.ownMark !== undefined && request.headers[OWN_HEADER] === door.ownMark,
  };
}

/** Parameters (`; charset=utf-8`) and case mean nothing. */
function encodingOfType(request: IncomingMessage): Encoding | undefined {
  return MEDIA_TYPES.get((request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase());
}

/** @throws Problem for everything that is not an OTLP export */
function route(request: IncomingMessage): Signal {
  const path = (request.url ?? '/').split('?', 1)[0]!;
  const signal = PATHS.get(path);
  if (signal === undefined)
    throw new Problem('not_found', `There is no ${path.slice(0, 100)} here; OTLP/HTTP is sent to /v1/traces`);
  if (request.method !== 'POST') throw new Problem('wrong_method', `${path} takes POST only`);
  if (encodingOfType(request) === undefined) {
    const type = (request.headers['content-type'] ?? '').slice(0, 100);
    throw new Problem(
      'wrong_media_type',
      `Content-Type "${type}" is not taken; set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf or http/json`,
    );
  }
  return signal;
}

function packingOf(request: IncomingMessage): string {
  const packing = encodingOf(request.headers['content-encoding']);
  if (packing !== undefined) return packing;
  const name = String(request.headers['content-encoding']).slice(0, 100);
  throw new Problem(
    'unknown_encoding',
    `Content-Encoding "${name}" is not understood; send one of ${ENCODINGS.join(', ')}`,
  );
}

function headersOf(refusal: Refusal, request: IncomingMessage): Record<string, string> {
  if (refusal.passes) return { 'Retry-After': String(RETRY_AFTER_S) };
  if (refusal.code === 'wrong_method') return { Allow: isUpload(request) ? 'PUT' : 'POST' };
  if (refusal.code === 'unauthenticated') return { 'WWW-Authenticate': 'Bearer' };
  return {};
}

function send(
  door: Door,
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  encoding: Encoding,
  body: Buffer,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  // A little more to read costs less than a new connection, unless it is slow in coming.
  const isShort = Number(request.headers['content-length']) <= DRAINED_BYTES && status !== 408;
  const complete = request.complete || isShort;
  response.writeHead(status, {
    'Content-Type': MEDIA_TYPE_OF[encoding],
    'Content-Length': body.length,
    ...(complete ? {} : { Connection: 'close' }),
    ...headers,
  });
  if (complete) return void response.end(body);
  // Closing with unread bytes resets the connection, and the sender would lose the answer with it. So the answer goes
  // out whole (by its length), and what is still being sent is thrown away for a while.
  response.write(body);
  request.resume();
  const close = () => {
    clearTimeout(lingering);
    response.end();
    request.destroy();
  };
  const lingering = setTimeout(close, door.limits.lingerMs);
  request.once('end', close).once('close', close);
}

const BROKEN = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
]);

/** What is not HTTP/1.1, or too slow at it, before there is a request that could be answered. */
function brokenHttp(door: Door, error: NodeJS.ErrnoException, socket: Socket): void {
  // Without a TLS connection there is nobody to answer.
  if (!socket.writable || error.code === 'ECONNRESET' || error.code?.startsWith('ERR_SSL_'))
    return void socket.destroy();
  if (error.code === 'HPE_PAUSED_H2_UPGRADE') {
    const origin: Origin = { transport: 'grpc', address: addressOf(socket), agent: '' };
    door.senders.knock(origin);
    door.senders.refused(origin, 400, 'It speaks gRPC to the port for OTLP/HTTP; send gRPC to port 4317');
  }
  socket.end(`HTTP/1.1 ${BROKEN.get(error.code ?? '') ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`);
}
