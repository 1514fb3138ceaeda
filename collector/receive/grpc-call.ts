import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { Problem } from '../../base/errors.ts';
import type { Signal } from '../../model/otlp.ts';
import { statusWithDetails, successMessage } from './answers.ts';
import type { Hold } from './budget.ts';
import type { Door } from './door.ts';
import { type Refusal, RPC } from './refusals.ts';
import { checkToken } from './token.ts';
import { ENCODINGS, encodingOf } from './unpack.ts';

/** Source of all here: grpc/grpc `doc/PROTOCOL-HTTP2.md`, `doc/compression.md`. */
const METHODS = new Map<string, Signal>([
  ['/opentelemetry.proto.collector.trace.v1.TraceService/Export', 'traces'],
  ['/opentelemetry.proto.collector.metrics.v1.MetricsService/Export', 'metrics'],
  ['/opentelemetry.proto.collector.logs.v1.LogsService/Export', 'logs'],
]);
const CONTENT_TYPE = /^application\/grpc(?:\+proto)?(?:;|$)/i;
/** Before each message: one byte "is compressed", four of length, big-endian. */
const PREFIX_BYTES = 5;
const HEADERS = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': ENCODINGS.join(),
};

/** One unary call: never throws, always answers while the stream is open. */
export async function answerCall(
  door: Door,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  address: string,
): Promise<void> {
  // A sender that goes away is noticed by the body that is cut short.
  stream.on('error', () => {});
  if (!CONTENT_TYPE.test(headers['content-type'] ?? '')) return void notGrpc(stream);
  const origin = { transport: 'grpc', address, agent: headers['user-agent'] ?? '' } as const;
  door.senders.knock(origin);
  let hold: Hold | undefined;
  try {
    const signal = route(headers);
    checkToken(headers.authorization, door.mayDeliver, 'otlp');
    hold = door.budget.enter();
    const { message, encoding } = await readMessage(door, stream, headers, hold);
    const taken = await door.take(message, encoding, signal, hold);
    succeed(stream, successMessage(signal, taken.rejected, taken.reason));
    door.senders.accepted(origin, taken);
  } catch (thrown) {
    fail(stream, door.refuse(origin, thrown));
  } finally {
    hold?.release();
  }
}

/** @throws Problem `unknown_method` */
function route(headers: IncomingHttpHeaders): Signal {
  const path = String(headers[':path']);
  const signal = METHODS.get(path);
  if (signal !== undefined && headers[':method'] === 'POST') return signal;
  throw new Problem(
    'unknown_method',
    `There is no ${path.slice(0, 100)} here; OTLP's three Export methods are`,
  );
}

/** The only message of the call, still packed, and how. */
async function readMessage(
  door: Door,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  hold: Hold,
): Promise<{ message: Buffer; encoding: string }> {
  const name = headers['grpc-encoding'];
  const encoding = encodingOf(name?.toString());
  if (encoding === undefined)
    throw new Problem(
      'unknown_compression',
      `grpc-encoding "${String(name).slice(0, 100)}" is not understood; send one of ${ENCODINGS.join(', ')}`,
    );
  const bytes = await door.collect(stream, hold, PREFIX_BYTES);
  if (bytes.length < PREFIX_BYTES) throw new Problem('bad_framing', 'The call has no message');
  const flag = bytes[0]!;
  const message = bytes.subarray(PREFIX_BYTES);
  const declared = bytes.readUInt32BE(1);
  if (declared > message.length)
    throw new Problem(
      'cut_short',
      `The call ended after ${message.length} of the ${declared} bytes of its message`,
    );
  if (declared < message.length || flag > 1)
    throw new Problem('bad_framing', 'The call is not one gRPC message');
  if (flag === 1 && encoding === 'identity')
    throw new Problem('unnamed_compression', 'The message is compressed, but grpc-encoding does not say how');
  return { message, encoding: flag === 1 ? encoding : 'identity' };
}

function succeed(stream: ServerHttp2Stream, message: Buffer): void {
  if (isGone(stream)) return;
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(RPC.OK) }));
  stream.respond(HEADERS, { waitForTrailers: true });
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([prefix, message]));
}

/** Status alone, in one frame ("Trailers-Only"); what the client still sends is not wanted any more. */
function fail(stream: ServerHttp2Stream, refusal: Refusal): void {
  if (isGone(stream)) return;
  const trailers = {
    ...HEADERS,
    'grpc-status': String(refusal.rpc),
    'grpc-message': percentEncoded(refusal.message),
    'grpc-status-details-bin': statusWithDetails(refusal).toString('base64').replace(/=+$/, ''),
  };
  stream.respond(trailers, { endStream: true });
  end(stream);
}

/** gRPC clients know this as what a server says that is none. */
function notGrpc(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 415 }, { endStream: true });
  end(stream);
}

/** RFC 9113, 8.1: NO_ERROR after a whole answer asks the client to stop sending, and the answer stands. */
function end(stream: ServerHttp2Stream): void {
  stream.resume();
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

const isGone = (stream: ServerHttp2Stream): boolean =>
  stream.destroyed || stream.closed || stream.headersSent;

/** grpc-message: UTF-8 with everything but printable ASCII, and `%`, as %XX. */
const percentEncoded = (text: string): string =>
  Buffer.from(text)
    .toString('latin1')
    .replace(
      /[^\x20-\x24\x26-\x7e]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
