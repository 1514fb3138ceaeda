import { messageOf, Problem } from '../../base/errors.ts';
import type { FailureClass } from '../../model/probe.ts';

/** What ends a check: whose fault it is, and a sentence. */
export class Failed extends Error {
  readonly class: FailureClass;

  constructor(failureClass: FailureClass, message: string) {
    super(message);
    this.name = 'Failed';
    this.class = failureClass;
  }
}

/**
 * Errors of this machine, which say nothing about the target: no answer of its resolver, no network, no sockets left.
 * Everything else that a connection can fail with is the target's.
 */
const OF_THE_PROBE: Record<string, string> = {
  EAI_AGAIN: 'the resolver of this machine does not answer',
  EAI_FAIL: 'the resolver of this machine fails',
  ENETUNREACH: 'this machine has no network to it',
  ENETDOWN: 'the network of this machine is down',
  EADDRNOTAVAIL: 'this machine has no address or port left for it',
  EMFILE: 'this process has too many files open',
  ENFILE: 'this machine has too many files open',
  ENOBUFS: 'this machine has no buffers left',
  ENOMEM: 'this machine has no memory left',
};

const OF_THE_TARGET: Record<string, string> = {
  ENOTFOUND: 'its name does not exist',
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  EHOSTUNREACH: 'it cannot be reached',
  ETIMEDOUT: 'it does not answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself; "verify: false" takes any',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be traced to an authority this machine knows',
};

/** Anything that was thrown while a target was looked at, as a failure with its class. */
export function failedOf(thrown: unknown): Failed {
  if (thrown instanceof Failed) return thrown;
  // A missing secret, an expression that takes too long: the definition's fault, so the probe's.
  if (thrown instanceof Problem) return new Failed('probe', thrown.message);
  // Several addresses were tried: what the first said stands for all.
  const error = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  const ours = OF_THE_PROBE[code];
  if (ours !== undefined) return new Failed('probe', `${ours} (${code})`);
  const theirs = OF_THE_TARGET[code];
  if (theirs !== undefined) return new Failed('target', `${theirs} (${code})`);
  if (error instanceof TypeError || error instanceof RangeError) return new Failed('probe', messageOf(error));
  return new Failed('target', code === '' ? messageOf(error) : `${messageOf(error)} (${code})`);
}
