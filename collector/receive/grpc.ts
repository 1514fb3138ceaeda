import { once } from 'node:events';
import {
  constants,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
} from 'node:http2';
import type { SecureContextOptions } from 'node:tls';
import { addressOf, type Door } from './door.ts';
import { answerCall } from './grpc-call.ts';

/** Flow control: what a sender may have on its way to us unread, for each call and for a connection. */
const STREAM_WINDOW = 2 ** 20;
const CONNECTION_WINDOW = 4 * 2 ** 20;
const MAX_HEADER_BYTES = 16 * 2 ** 10;

export interface OtlpGrpc {
  /** To listen with. */
  server: Http2Server | Http2SecureServer;
  /** Takes no new calls, lets running ones end for so long, then cuts what is left. */
  stop(withinMs: number): Promise<void>;
}

/** OTLP over gRPC: on TLS, or without it on cleartext HTTP/2 with prior knowledge, as gRPC wants it. Not listening yet. */
export function createOtlpGrpc(door: Door, tls?: SecureContextOptions): OtlpGrpc {
  const { limits } = door;
  const sessions = new Set<ServerHttp2Session>();
  const options = {
    settings: {
      maxConcurrentStreams: limits.maxStreamsPerConnection,
      initialWindowSize: STREAM_WINDOW,
      maxHeaderListSize: MAX_HEADER_BYTES,
      enablePush: false,
    },
    maxSessionInvalidFrames: 100,
    maxSessionMemory: 16,
  };
  const server = tls
    ? createSecureServer({ ...options, ...tls, handshakeTimeout: limits.headersWithinMs })
    : createServer(options);
  server.maxConnections = limits.maxConnections;
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    serve(door, session);
  });
  // Each session's errors are its own; without a listener they would end the process.
  server.on('sessionError', () => {});
  return {
    server,
    stop: async (withinMs) => {
      const closed = server.listening ? once(server, 'close') : undefined;
      server.close();
      for (const session of sessions) session.close();
      const cut = setTimeout(() => {
        for (const session of sessions) session.destroy();
      }, withinMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

/** One connection: its calls, and what it may do besides. */
function serve(door: Door, session: ServerHttp2Session): void {
  const { limits } = door;
  const address = addressOf(session.socket);
  session.setLocalWindowSize(CONNECTION_WINDOW);

  // A client that connects and never says that it speaks HTTP/2.
  const preface = setTimeout(() => session.destroy(), limits.headersWithinMs);
  session.once('remoteSettings', () => clearTimeout(preface));
  session.once('close', () => clearTimeout(preface));
  session.setTimeout(limits.grpcIdleMs, () => session.close());

  // gRPC's own servers cut clients whose pings are no keep-alive any more; so does this one.
  let pings = 0;
  session.on('ping', () => {
    if (++pings !== limits.maxPings + 1) return;
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
    // Not before it is sent.
    setTimeout(() => session.destroy(), limits.lingerMs).unref();
  });
  session.on('stream', (stream, headers) => {
    pings = 0;
    void answerCall(door, stream, headers, address);
  });
  session.on('error', (error) => {
    if (!error.message.includes('bad client magic')) return;
    const origin = { transport: 'http/protobuf', address, agent: '' } as const;
    door.senders.knock(origin);
    door.senders.refused(origin, 400, 'It speaks HTTP/1.1 to the port for gRPC; send OTLP/HTTP to port 4318');
  });
}
