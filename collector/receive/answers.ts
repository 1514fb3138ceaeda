import type { Signal } from '../../model/otlp.ts';
import { RETRY_AFTER_S, type Refusal } from './refusals.ts';

/**
 * The few messages OTLP answers with, written by hand in both encodings. Source: opentelemetry-proto
 * `docs/specification.md`, `google/rpc/status.proto`, `google/rpc/error_details.proto`.
 */

/** How bodies of an HTTP request and of its answer are written. */
export type Encoding = 'protobuf' | 'json';

const REJECTED: Record<Signal, string> = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
};

/** `Export…ServiceResponse`: empty for full success, else `partial_success {1: rejected, 2: message}`. */
export function successMessage(
  signal: Signal,
  rejected: number,
  message: string,
  encoding: Encoding = 'protobuf',
): Buffer {
  const full = rejected === 0 && message === '';
  if (encoding === 'protobuf')
    return full ? EMPTY : bytesField(1, Buffer.concat([varintField(1, rejected), stringField(2, message)]));
  // 64-bit integers are strings in proto3 JSON.
  const partialSuccess = { [REJECTED[signal]]: String(rejected), errorMessage: message };
  return Buffer.from(JSON.stringify(full ? {} : { partialSuccess }));
}

/** `google.rpc.Status {1: code, 2: message}`. */
export function statusMessage({ rpc, message }: Refusal, encoding: Encoding = 'protobuf'): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code: rpc, message }));
  return Buffer.concat([varintField(1, rpc), stringField(2, message)]);
}

/** The same with `RetryInfo` in its details when the refusal passes: gRPC's `grpc-status-details-bin`. */
export function statusWithDetails(refusal: Refusal): Buffer {
  if (!refusal.passes) return statusMessage(refusal);
  // RetryInfo {1: Duration {1: seconds}} in Any {1: type_url, 2: value}
  const retryInfo = bytesField(1, varintField(1, RETRY_AFTER_S));
  const any = Buffer.concat([
    stringField(1, 'type.googleapis.com/google.rpc.RetryInfo'),
    bytesField(2, retryInfo),
  ]);
  return Buffer.concat([statusMessage(refusal), bytesField(3, any)]);
}

const EMPTY = Buffer.alloc(0);

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
