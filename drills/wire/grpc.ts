import { type ClientHttp2Session, connect } from 'node:http2';

/** Sends gRPC messages, also broken ones, and tells gRPC's status; -1 when no answer came. */
export interface GrpcLink {
  /** @param data all bytes of the call, with the prefix of its message */
  call(data: Buffer, headers?: Readonly<Record<string, string>>): Promise<number>;
  close(): void;
}

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const ANSWER_WITHIN_MS = 60_000;

/** @param url e.g. `http://127.0.0.1:4317` */
export function openGrpc(url: string): GrpcLink {
  let session: ClientHttp2Session | undefined;
  const current = (): ClientHttp2Session => {
    if (session === undefined || session.closed || session.destroyed)
      session = connect(url).on('error', () => {});
    return session;
  };
  const call: GrpcLink['call'] = (data, headers = {}) =>
    new Promise((resolve) => {
      const stream = current().request({
        ':method': 'POST',
        ':path': EXPORT,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      });
      let status = -1;
      const read = (received: Record<string, unknown>) => {
        if (received['grpc-status'] !== undefined) status = Number(received['grpc-status']);
      };
      stream
        .on('response', read)
        .on('trailers', read)
        .on('error', () => {});
      stream.once('close', () => resolve(status));
      stream.setTimeout(ANSWER_WITHIN_MS, () => stream.close());
      stream.resume().end(data);
    });
  return { call, close: () => session?.destroy() };
}

/** A gRPC message with its prefix. */
export function message(body: Buffer, compressed = false): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = compressed ? 1 : 0;
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}
