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

/** What the waterfall draws of a span. */
export interface SpanOutline {
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
  /** The same number for the same resource; index into the answer's `resources`, where it has any. */
  resource: number;
}

export interface Span extends SpanOutline {
  scope: string;
  attributes: Attributes;
  events: SpanEvent[];
  links: SpanLink[];
}

interface Spans<S> {
  traceId: string;
  /** Unix milliseconds of the earliest span. */
  start: number;
  durationMs: number;
  /** Sorted by start. */
  spans: S[];
  /** True when the trace has more spans than are returned. */
  truncated: boolean;
}

/** A trace as the waterfall needs it: ten thousand spans with all their attributes are ten times as much. */
export type TraceOutline = Spans<SpanOutline>;

export interface Trace extends Spans<Span> {
  resources: Attributes[];
}

/** What is looked at of one span: all that share its id, by their start. */
export type SpanDetails = Pick<Trace, 'spans' | 'resources'>;
