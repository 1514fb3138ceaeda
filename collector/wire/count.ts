import type { Signal } from '../../model/otlp.ts';
import { admit } from './admit.ts';

const ANY_TIME = { earliest: Number.NEGATIVE_INFINITY, latest: Number.POSITIVE_INFINITY };

/** Items in a request that was approved before, e.g. one read back from the journal. */
export function countItems(request: Uint8Array, signal: Signal): number {
  return admit(request, signal, ANY_TIME).accepted;
}
