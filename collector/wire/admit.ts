/** The door: what comes out of `admit` is safe for the engine to parse. Everything else in this folder serves it. */
import type { Signal } from '../../model/otlp.ts';
import { WireError } from './errors.ts';
import { MENDING, type TimeWindow } from './items.ts';
import type { Redaction } from './redaction.ts';
import { reencode } from './reencode.ts';
import { type Source, sourcesOf } from './services.ts';
import { splice } from './splice.ts';
import { type Tables, tablesOf } from './tables.ts';
import { type Walked, walk } from './walk.ts';

export type { TimeWindow } from './items.ts';

export interface Admission {
  /** The same buffer when nothing had to change, else a rewritten one. */
  body: Uint8Array;
  /** Items (spans, data points, log records) in `body`. */
  accepted: number;
  /** Items that were sent and are not in `body`. */
  rejected: number;
  /** '' or one sentence for `partial_success.error_message`: what was dropped, how many of each kind, how to mend it. */
  reason: string;
  /** Who the items in `body` are of, in order of appearance. */
  sources: Source[];
}

/**
 * Checks an OTLP protobuf export request in one walk and makes it readable for the engine: arrays, maps, bytes and
 * extreme doubles become the text of Go's pdata `Value.AsString()`, fields that occur twice are merged, items that
 * cannot be stored are dropped. An empty body is an empty, valid request.
 * @param redaction attributes that are not to be stored as they are
 * @throws WireError when the bytes are not a valid request (HTTP 400)
 */
export function admit(
  body: Uint8Array,
  signal: Signal,
  window: TimeWindow,
  redaction?: Redaction,
): Admission {
  const tables = tablesOf(signal);
  let walked = walk(body, tables, window, redaction);
  let approved = body;
  if (walked.mustRewrite) {
    approved = reencode(body, tables.messages[tables.root]!);
    walked = walk(approved, tables, window, redaction);
    // The library writes every field once and every number in range; if it did not, the engine must not see it.
    if (walked.mustRewrite) throw new WireError('too_large_to_rewrite', 0, signal);
  }
  if (walked.edits.count > 0) approved = splice(approved, walked.edits, redaction);
  return {
    body: approved,
    accepted: walked.accepted,
    rejected: walked.faults.reduce((sum, n) => sum + n, 0),
    reason: reasonFor(walked, tables),
    sources: sourcesOf(approved, walked.accepted),
  };
}

/** "3 spans were not stored: 2 from the future (check …), 1 with …" */
function reasonFor(walked: Walked, tables: Tables): string {
  const parts: string[] = [];
  let dropped = 0;
  walked.faults.forEach((count, fault) => {
    if (count === 0) return;
    dropped += count;
    parts.push(`${count} ${MENDING[fault]}`);
  });
  if (dropped === 0) return '';
  const noun = tables.rules.find((rule) => rule !== undefined)!.noun;
  return `${dropped} ${noun}${dropped === 1 ? ' was' : 's were'} not stored: ${parts.join(', ')}.`;
}
