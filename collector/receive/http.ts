import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf, Problem } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Signal } from '../../model/otlp.ts';
import { type Refusal, RPC, sendRefusal, sendSuccess } from './answer.ts';
import { type BodyLimits, BodyReader } from './body.ts';
import type { Intake } from './intake.ts';
import { remoteAddress, type Senders } from './senders.ts';

export interface OtlpHttpOptions {
  intake: Intake;
  senders: Senders;
  limits: BodyLimits;
  /** Senders must show it as `Authorization: Bearer …`; undefined: anybody may send. */
  token?: string;
  log: Log;
}

const PATHS: Record<string, Signal> = {
  '/v1/traces': 'traces',
  '/v1/metrics': 'metrics',
  '/v1/logs': 'logs',
};
const RETRY_AFTER_S = '2';

/** Every way a request can fail → what the sender is told. Only 429, 502, 503 and 504 are tried again by clients. */
const REFUSALS: Record<string, Pick<Refusal, 'status' | 'rpc'>> = {
  not_found: { status: 404, rpc: RPC.NOT_FOUND },
  wrong_method: { status: 405, rpc: RPC.UNIMPLEMENTED },
  wrong_media_type: { status: 415, rpc: RPC.INVALID_ARGUMENT },
  unauthenticated: { status: 401, rpc: RPC.UNAUTHENTICATED },
  body_too_large: { status: 413, rpc: RPC.RESOURCE_EXHAUSTED },
  unknown_encoding: { status: 400, rpc: RPC.INVALID_ARGUMENT },
  bad_encoding: { status: 400, rpc: RPC.INVALID_ARGUMENT },
  cut_short: { status: 400, rpc: RPC.INVALID_ARGUMENT },
  bad_request: { status: 400, rpc: RPC.INVALID_ARGUMENT },
};
const PASSES: Pick<Refusal, 'status' | 'rpc'> = { status: 503, rpc: RPC.UNAVAILABLE };

/** OTLP over HTTP: `POST /v1/{traces}`, protobuf. Not listening yet. */
export function createOtlpHttp(options: OtlpHttpOptions): Server {
  const bodies = new BodyReader(options.limits);
  const server = createServer(
    { keepAliveTimeout: 65_000, headersTimeout: 15_000, requestTimeout: 60_000 },
    (request, response) => {
      options.senders.knock();
      receive(options, bodies, request, response).catch((thrown) =>
        refuse(options, request, response, thrown),
      );
    },
  );
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
  return server;
}

async function receive(
  { intake, senders, token }: OtlpHttpOptions,
  bodies: BodyReader,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const signal = route(request);
  authenticate(request, token);
  const { body, release } = await bodies.read(request);
  try {
    const taken = await intake(body, signal);
    sendSuccess(response, signal, taken.rejected, taken.reason);
    senders.accepted(remoteAddress(request), taken);
  } finally {
    release();
  }
}

/** @throws Problem for everything that is not an OTLP export in protobuf */
function route(request: IncomingMessage): Signal {
  const path = (request.url ?? '/').split('?', 1)[0]!;
  const signal = PATHS[path];
  if (signal === undefined)
    throw new Problem('not_found', `There is no ${path.slice(0, 100)} here; OTLP/HTTP is sent to /v1/traces`);
  if (request.method !== 'POST') throw new Problem('wrong_method', `${path} takes POST only`);
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type !== 'application/x-protobuf')
    throw new Problem(
      'wrong_media_type',
      `Content-Type "${type.slice(0, 100)}" is not taken; set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
    );
  return signal;
}

function authenticate(request: IncomingMessage, token: string | undefined): void {
  if (token === undefined) return;
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new Problem(
      'unauthenticated',
      'The ingest token is missing or wrong; set OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer <token>"',
    );
}

function refuse(
  { senders, log }: OtlpHttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
): void {
  const problem =
    thrown instanceof Problem ? thrown : new Problem('internal', messageOf(thrown), { retryable: true });
  if (problem.code === 'internal') log.error('A request could not be handled.', { reason: problem.message });
  const known = REFUSALS[problem.code];
  const { status, rpc } = known ?? PASSES;
  const headers: Record<string, string> = {};
  if (known === undefined) headers['Retry-After'] = RETRY_AFTER_S;
  if (problem.code === 'wrong_method') headers.Allow = 'POST';
  if (problem.code === 'unauthenticated') headers['WWW-Authenticate'] = 'Bearer';
  // What is left of a body that is refused is not read: the connection cannot be used for another request.
  if (!request.complete) headers.Connection = 'close';
  sendRefusal(response, { status, rpc, message: problem.message, headers });
  if (!request.complete) response.once('finish', () => request.destroy());
  senders.refused(remoteAddress(request), status, problem.message);
}
