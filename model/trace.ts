/** Traces as the search lists them and as the waterfall draws them. */

export type SpanKind = 'Unspecified' | 'Internal' | 'Server' | 'Client' | 'Producer' | 'Consumer';
export type SpanStatus = 'Unset' | 'Ok' | 'Error';
export type Attributes = Record<string, string>;

/** One hit of the search: a trace seen through its root span, or its earliest span while the root is missing. */
export interface TraceSummary {
  traceId: string;
  service: string;
  operation: string;
  /** False when no span without a parent has arrived (yet). */
  hasRoot: boolean;
  /** Unix milliseconds of the earliest span. */
  start: number;
  /** From the first span's start to the last span's end. */
  durationMs: number;
  spans: number;
  errors: number;
  /** Distinct services, the root's first. */
  services: string[];
}

export interface TracesView {
  traces: TraceSummary[];
  /** True when more match than were returned. */
  more: boolean;
}

export interface SpanEvent {
  /** Milliseconds from the trace's start, may be negative under clock skew. */
  atMs: number;
  name: string;
  attributes: Attributes;
}

export interface SpanLink {
  traceId: string;
  spanId: string;
  attributes: Attributes;
}

export interface Span {
  spanId: string;
  /** '' for a root. */
  parentSpanId: string;
  service: string;
  name: string;
  kind: SpanKind;
  status: SpanStatus;
  statusMessage: string;
  /** Milliseconds from the trace's start, with nanosecond digits where a double carries them. */
  startMs: number;
  durationMs: number;
  scope: string;
  attributes: Attributes;
  /** Index into `Trace.resources`. */
  resource: number;
  events: SpanEvent[];
  links: SpanLink[];
}

export interface Trace {
  traceId: string;
  /** Unix milliseconds of the earliest span. */
  start: number;
  durationMs: number;
  /** Sorted by start. */
  spans: Span[];
  resources: Attributes[];
  /** True when the trace has more spans than are returned. */
  truncated: boolean;
}
