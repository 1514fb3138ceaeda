/** Telemetry that makes too many series: who it is, what makes them many, and what is done about it. */

export interface Offender {
  /** `series`: attribute sets of one metric; `operations`: span names, each of which is a row in every minute. */
  kind: 'series' | 'operations';
  service: string;
  /** '' for operations. */
  metric: string;
  /** Distinct ones within the last ten minutes, estimated. */
  count: number;
  limit: number;
  /** The attribute with the most distinct values, '' when it is not known; and how many. */
  attribute: string;
  values: number;
  /** Data points of further series that were refused since it was found; operations are named only. */
  refused: number;
  /** Unix milliseconds at which it was found. */
  since: number;
}
