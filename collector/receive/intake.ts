import { Problem } from '../../base/errors.ts';
import type { Signal } from '../../model/otlp.ts';
import type { Journal } from '../journal/journal.ts';
import { type Admission, admit, type TimeWindow } from '../wire/admit.ts';
import { WireError } from '../wire/errors.ts';
import type { Redaction } from '../wire/redaction.ts';
import type { Source } from '../wire/services.ts';
import type { Guarding, SeriesGuard } from './series-guard.ts';

/** What became of a request that was taken in. */
export interface Taken {
  signal: Signal;
  /** Items that are on the disk now. */
  accepted: number;
  /** Items refused, and the sentence that says why and how to mend it. */
  rejected: number;
  reason: string;
  /** Who sent the accepted items. */
  sources: Source[];
}

/** Takes one unpacked request in, whatever transport it came by. @throws Problem `bad_request` or the journal's */
export type Intake = (body: Uint8Array, signal: Signal) => Promise<Taken>;

export interface IntakeOptions {
  journal: Pick<Journal, 'append'>;
  now: () => number;
  /** Items older than this are refused: they would be dropped by retention at once. Milliseconds, by signal. */
  retentionMs: Readonly<Record<Signal, number>>;
  /** Holds metrics with too many series to their limit. */
  series: Pick<SeriesGuard, 'guard'>;
  /** Attributes that are not to be stored as they are. */
  redaction?: Redaction | undefined;
}

/** Items this far ahead of the clock are refused: they would hide every later one. */
const FUTURE_MS = 10 * 60_000;

/** validate → journal → answer; nothing is acknowledged that is not on the disk. */
export function createIntake({ journal, now, retentionMs, series, redaction }: IntakeOptions): Intake {
  return async (body, signal) => {
    const time = now();
    const window = {
      earliest: (time - retentionMs[signal]) * 1e6,
      latest: (time + FUTURE_MS) * 1e6,
      now: time * 1e6,
    };
    const admission = admitted(body, signal, window, redaction);
    const guarded = signal === 'metrics' ? series.guard(admission.body) : unguarded(admission.body);
    const accepted = admission.accepted - guarded.refused;
    if (accepted > 0) await journal.append(signal, guarded.body, accepted);
    return {
      signal,
      accepted,
      rejected: admission.rejected + guarded.refused,
      reason: [admission.reason, guarded.reason].filter(Boolean).join(' '),
      sources: admission.sources,
    };
  };
}

const unguarded = (body: Uint8Array): Guarding => ({ body, refused: 0, reason: '' });

function admitted(
  body: Uint8Array,
  signal: Signal,
  window: TimeWindow,
  redaction: Redaction | undefined,
): Admission {
  try {
    return admit(body, signal, window, redaction);
  } catch (thrown) {
    if (thrown instanceof WireError) throw new Problem('bad_request', thrown.message, { cause: thrown });
    throw thrown;
  }
}
