/** What the span rollup says of services and their operations (RED: rate, errors, duration). */

/** Rate, errors and latency of a set of spans, probes left out. */
export interface Red {
  /** Requests in the window, weighted by their sampling probability. */
  requests: number;
  /** Of those, with status Error. */
  errors: number;
  /** Latency percentiles in milliseconds from exponential buckets (relative error ≤ 4.4 %); null without requests. */
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface ServiceSummary extends Red {
  service: string;
  /**
   * Which spans are its requests: SERVER, else CONSUMER, else (a cron job, a browser) the roots of the traces it begins;
   * the first kind it has any of, so that unlike things are never added up.
   */
  basis: 'server' | 'consumer' | 'root';
  /** Apdex at `APDEX_TARGET_MS`; null without requests. */
  apdex: number | null;
  /** `service.version` values seen in the window, the most recently seen first. */
  versions: string[];
  /** Unix milliseconds of the newest span, also outside the window; never null: an unseen service has no row. */
  lastSeen: number;
  /** Requests per slot of whole minutes over the range, oldest first; at most `TREND_BUCKETS`, fewer in a short range. */
  trend: number[];
  /** Errors per bucket, same shape. */
  errorTrend: number[];
}

export interface OperationSummary extends Red {
  operation: string;
  kind: string;
  trend: number[];
  errorTrend: number[];
  /** Share of the service's total time spent in this operation, 0..1 (requests × mean time over the sum). */
  impact: number;
}

/** Unix milliseconds, half open: [from, to). */
export interface TimeRange {
  from: number;
  to: number;
}

export interface ServicesView {
  /** What was counted: whole minutes, the last of which still grows. */
  range: TimeRange;
  environments: string[];
  services: ServiceSummary[];
}

export interface OperationsView {
  /** As in `ServicesView`. */
  range: TimeRange;
  service: string;
  /** Unix milliseconds of the newest span ever seen of this service; null when it was never seen. */
  lastSeen: number | null;
  basis: ServiceSummary['basis'];
  operations: OperationSummary[];
}

/** `service.name` of the product's own telemetry. */
export const OWN_SERVICE = 'loopwatch';

/** The T of Apdex, assumed: no service has a target of its own yet. */
export const APDEX_TARGET_MS = 500;

/** Points in a sparkline, at most. */
export const TREND_BUCKETS = 30;
