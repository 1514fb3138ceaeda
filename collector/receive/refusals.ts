import { messageOf, Problem } from '../../base/errors.ts';

/** google.rpc.Code, which is also gRPC's status. */
export const RPC = {
  OK: 0,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;
export type RpcCode = (typeof RPC)[keyof typeof RPC];

/** What a sender is told instead of success, on either transport. */
export interface Refusal {
  /** Code of the problem. */
  code: string;
  /** HTTP status. */
  status: number;
  rpc: RpcCode;
  message: string;
  /** It passes: the sender is told to come again (`Retry-After`, `RetryInfo`). */
  passes: boolean;
}

/** What a sender is told to wait before it comes again, seconds. */
export const RETRY_AFTER_S = 2;

/**
 * Every way a request can fail for good → HTTP status and gRPC code. Senders try 429, 502, 503, 504 and UNAVAILABLE
 * again, and drop their data on everything else; so what is not in this table is held to pass.
 */
const FINAL = new Map<string, readonly [status: number, rpc: RpcCode]>([
  ['not_found', [404, RPC.NOT_FOUND]],
  ['unknown_method', [404, RPC.UNIMPLEMENTED]],
  ['wrong_method', [405, RPC.UNIMPLEMENTED]],
  ['wrong_media_type', [415, RPC.INVALID_ARGUMENT]],
  ['unauthenticated', [401, RPC.UNAUTHENTICATED]],
  // Never with RetryInfo: the same batch would not be smaller the next time.
  ['body_too_large', [413, RPC.RESOURCE_EXHAUSTED]],
  ['too_heavy', [413, RPC.RESOURCE_EXHAUSTED]],
  ['unknown_encoding', [400, RPC.INVALID_ARGUMENT]],
  // gRPC's own documents (compression.md) want these two for a message compression that is unknown or not named.
  ['unknown_compression', [400, RPC.UNIMPLEMENTED]],
  ['unnamed_compression', [400, RPC.INTERNAL]],
  ['bad_encoding', [400, RPC.INVALID_ARGUMENT]],
  ['bad_framing', [400, RPC.INVALID_ARGUMENT]],
  ['bad_request', [400, RPC.INVALID_ARGUMENT]],
  ['hash_mismatch', [400, RPC.INVALID_ARGUMENT]],
  ['cut_short', [400, RPC.INVALID_ARGUMENT]],
  // A gRPC client may try DEADLINE_EXCEEDED again, an HTTP client does not try 408 again.
  ['too_slow', [408, RPC.DEADLINE_EXCEEDED]],
]);
const PASSES = [503, RPC.UNAVAILABLE] as const;

/** Anything that was thrown → what the sender is told. `internal` is the code of what should not happen. */
export function refusalOf(thrown: unknown): Refusal {
  const problem =
    thrown instanceof Problem ? thrown : new Problem('internal', messageOf(thrown), { retryable: true });
  const known = FINAL.get(problem.code);
  const [status, rpc] = known ?? PASSES;
  return { code: problem.code, status, rpc, message: problem.message, passes: known === undefined };
}
