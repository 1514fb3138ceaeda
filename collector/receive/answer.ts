import type { ServerResponse } from 'node:http';
import type { Signal } from '../../model/otlp.ts';

/**
 * OTLP/HTTP answers in protobuf, written by hand: three tiny messages. Source: opentelemetry-proto
 * `docs/specification.md` (OTLP/HTTP Response) and `google/rpc/status.proto`.
 */

/** google.rpc.Code */
export const RPC = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;
export type RpcCode = (typeof RPC)[keyof typeof RPC];

/** A refusal: HTTP status, google.rpc code and one sentence. */
export interface Refusal {
  status: number;
  rpc: RpcCode;
  message: string;
  headers?: Record<string, string>;
}

const CONTENT_TYPE = 'application/x-protobuf';

/** 200 with `Export…ServiceResponse`: empty for full success, `partial_success {1: rejected, 2: message}` otherwise. */
export function sendSuccess(
  response: ServerResponse,
  _signal: Signal,
  rejected: number,
  message: string,
): void {
  const partial =
    rejected === 0 && message === ''
      ? EMPTY
      : Buffer.concat([varintField(1, rejected), stringField(2, message)]);
  send(response, 200, partial.length === 0 ? EMPTY : bytesField(1, partial));
}

/** An error with `google.rpc.Status {1: code, 2: message}` in the body, as the specification asks for. */
export function sendRefusal(response: ServerResponse, refusal: Refusal): void {
  const body = Buffer.concat([varintField(1, refusal.rpc), stringField(2, refusal.message)]);
  send(response, refusal.status, body, refusal.headers);
}

const EMPTY = Buffer.alloc(0);

function send(
  response: ServerResponse,
  status: number,
  body: Buffer,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'Content-Type': CONTENT_TYPE, 'Content-Length': body.length, ...headers });
  response.end(body);
}

const stringField = (field: number, text: string): Buffer => bytesField(field, Buffer.from(text));

function bytesField(field: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
}

const varintField = (field: number, value: number): Buffer =>
  Buffer.concat([varint(field << 3), varint(value)]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}
