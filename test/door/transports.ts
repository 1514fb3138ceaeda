/** The two transports as one table, so that a promise is tested on both: the same call, the same outcome. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:http2';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { OpenDoor } from './setting.ts';

export interface Outcome {
  ok: boolean;
  /** HTTP status, or gRPC's. */
  status: number;
  /** google.rpc.Code: of the Status in the body, or gRPC's. */
  rpc: number;
  message: string;
  /** Seconds by Retry-After or RetryInfo. */
  retryAfter: number | undefined;
  rejected: number;
  /** Of partial success. */
  reason: string;
  headers: Record<string, unknown>;
  /** The message of the answer. */
  body: Buffer;
}

export interface Call {
  /** Compressed already. */
  body: Buffer;
  encoding?: string;
  token?: string;
  signal?: 'traces' | 'metrics' | 'logs';
}

export interface TransportUnderTest {
  name: string;
  send: (door: OpenDoor, call: Call) => Promise<Outcome>;
  /** The status this transport has for a refusal. */
  status: (http: number, rpc: number) => number;
}

const http: TransportUnderTest = {
  name: 'HTTP',
  status: (status) => status,
  send: async (door, { body, encoding, token, signal = 'traces' }) => {
    const {
      status,
      headers,
      body: answer,
    } = await post(`${door.httpUrl}/v1/${signal}`, body, {
      'Content-Type': 'application/x-protobuf',
      ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    });
    const ok = status === 200;
    const retryAfter = headers['retry-after'] === undefined ? undefined : Number(headers['retry-after']);
    const said = ok ? { rpc: 0, message: '' } : readStatus(answer);
    return { ok, status, retryAfter, headers, body: answer, ...said, ...readPartial(ok ? answer : EMPTY) };
  },
};

const METHOD = {
  traces: 'trace.v1.TraceService',
  metrics: 'metrics.v1.MetricsService',
  logs: 'logs.v1.LogsService',
};

const grpc: TransportUnderTest = {
  name: 'gRPC',
  status: (_, rpc) => rpc,
  send: async (door, { body, encoding, token, signal = 'traces' }) =>
    callRaw(door.grpcUrl, frame(body, encoding !== undefined && encoding !== 'identity'), {
      ':path': `/opentelemetry.proto.collector.${METHOD[signal]}/Export`,
      ...(encoding === undefined ? {} : { 'grpc-encoding': encoding }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    }),
};

export const TRANSPORTS = [http, grpc];
const EMPTY = Buffer.alloc(0);

export interface HttpAnswer {
  status: number;
  headers: Record<string, unknown>;
  body: Buffer;
}

/** POST, or another method. */
export function post(
  url: string,
  body: Buffer | string,
  headers: Record<string, string>,
  method = 'POST',
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      );
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** gRPC's length-prefixed message. */
export function frame(message: Buffer, compressed = false): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = compressed ? 1 : 0;
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** One gRPC call on a connection of its own, whose DATA is exactly `bytes`. */
export function callRaw(url: string, bytes: Buffer, headers: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const session = connect(url);
    session.on('error', reject);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let answer: Record<string, unknown> = {};
    const chunks: Buffer[] = [];
    stream.on('response', (received) => Object.assign(answer, received));
    stream.on('trailers', (received) => {
      answer = { ...answer, ...received };
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => {});
    stream.on('close', () => {
      session.destroy();
      if (answer[':status'] === undefined) reject(new Error('no answer'));
      else resolve(outcomeOf(answer, Buffer.concat(chunks)));
    });
    stream.end(bytes);
  });
}

function outcomeOf(headers: Record<string, unknown>, data: Buffer): Outcome {
  const status = Number(headers['grpc-status'] ?? -1);
  const body = data.subarray(5);
  const details = Buffer.from(String(headers['grpc-status-details-bin'] ?? ''), 'base64');
  return {
    ok: status === 0,
    status,
    rpc: status,
    message: decodeURIComponent(String(headers['grpc-message'] ?? '')),
    retryAfter: retryInfoOf(details),
    headers,
    body,
    ...readPartial(body),
  };
}

/** google.rpc.Status by the library's reader. */
export function readStatus(bytes: Uint8Array): { rpc: number; message: string } {
  const found = fieldsOf(bytes);
  return { rpc: Number(found.get(1) ?? 0), message: String(found.get(2) ?? '') };
}

function retryInfoOf(status: Uint8Array): number | undefined {
  const any = fieldsOf(status, [3]).get(3) as Uint8Array | undefined;
  if (any === undefined) return undefined;
  const content = fieldsOf(any, [2]);
  if (content.get(1) !== 'type.googleapis.com/google.rpc.RetryInfo') return undefined;
  const duration = fieldsOf(content.get(2) as Uint8Array, [1]).get(1) as Uint8Array;
  return Number(fieldsOf(duration).get(1));
}

function readPartial(answer: Uint8Array): { rejected: number; reason: string } {
  const partial = fieldsOf(answer, [1]).get(1) as Uint8Array | undefined;
  const found = fieldsOf(partial ?? EMPTY);
  return { rejected: Number(found.get(1) ?? 0), reason: String(found.get(2) ?? '') };
}

/** Varints as numbers, length-delimited fields as text, those in `asBytes` as bytes. */
function fieldsOf(bytes: Uint8Array, asBytes: number[] = []): Map<number, unknown> {
  const reader = new BinaryReader(bytes);
  const found = new Map<number, unknown>();
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (wire === 0) found.set(number, reader.uint64());
    else found.set(number, asBytes.includes(number) ? reader.bytes() : reader.string());
  }
  return found;
}
