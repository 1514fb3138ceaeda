/** What the overview says of a service beside its requests of the moment: its release and how its latency moved. */
import type { TimeRange } from './service.ts';

/** An earlier time of the same length, to compare with. */
export interface Past {
  /** `week`: the same hours a week ago; `previous`: the time just before, where a week ago is not known. */
  of: 'week' | 'previous';
  requests: number;
  /** Milliseconds. */
  p95: number;
  /** Three times the median absolute deviation of the same hours of up to four weeks, milliseconds; 0 of fewer than three. */
  noise: number;
}

export interface Application {
  service: string;
  /** The version seen last, and when it was first seen (unix ms); `isFirst` when none is known before it. */
  release: { version: string; at: number; isFirst: boolean } | null;
  past: Past | null;
  /** p95 in milliseconds by slot of the 24 hours up to the range's end, oldest first; null without requests. */
  day: (number | null)[];
}

export interface ApplicationsView {
  range: TimeRange;
  applications: Application[];
}
