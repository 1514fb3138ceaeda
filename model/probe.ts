/**
 * Active checks: journeys in a browser and plain checks of HTTP, TCP, DNS and TLS. One run of any of them is one
 * `ProbeRun`, whoever made it and wherever; it travels as OTLP and is read back from the store.
 */

export type ProbeKind = 'journey' | 'http' | 'tcp' | 'dns' | 'tls';

/** `skipped`: it was due and did not happen, which is a row and not silence. */
export type ProbeVerdict = 'passed' | 'failed' | 'skipped';

/**
 * Whose fault a failure is. `target`: it did not answer, or with an error. `assertion`: it answered something else than
 * promised. `probe`: browser, resolver, runner or journey code broke; says nothing about the target and never pages.
 */
export type FailureClass = 'target' | 'assertion' | 'probe';

export interface ProbeFailure {
  class: FailureClass;
  /** The step it happened in, '' when outside of any. */
  step: string;
  /** A sentence, secrets redacted. */
  message: string;
}

/** Phases of one request in milliseconds; null where a phase did not happen (a warm connection has no TLS handshake). */
export interface RequestPhases {
  dns: number | null;
  connect: number | null;
  tls: number | null;
  /** Request sent → first byte. */
  ttfb: number | null;
  transfer: number | null;
}

/** A document or API call inside a step, or the one request of an HTTP check. */
export interface ProbeRequest {
  method: string;
  /** Without credentials, query values redacted where they hold secrets. */
  url: string;
  /** 0 when no answer came. */
  status: number;
  /** Milliseconds from the run's start. */
  startMs: number;
  durationMs: number;
  phases: RequestPhases;
  /** The span id that was injected, so that the backend's own spans hang below it; '' when it was not on the allow-list. */
  spanId: string;
}

/** Web vitals of a page: LCP, INP, FCP, TTFB in milliseconds, CLS without unit; null when not observed. */
export interface WebVitals {
  lcp: number | null;
  cls: number | null;
  inp: number | null;
  fcp: number | null;
  ttfb: number | null;
}

export interface ProbeStep {
  name: string;
  spanId: string;
  verdict: ProbeVerdict;
  /** Milliseconds from the run's start. */
  startMs: number;
  /** Without the observer's own work (screenshots, vitals). */
  durationMs: number;
  /** The observer's own work that was taken out, in milliseconds. */
  observerMs: number;
  error: string;
  /** SHA-256 of the screenshot at its end, '' when there is none. */
  screenshot: string;
  vitals: WebVitals;
  /** Errors on the page's console and exceptions that nobody caught; journeys only. */
  consoleErrors?: number;
  requests: ProbeRequest[];
}

/** A file kept beside the run: it does not fit OTLP, the span names its hash. */
export interface ProbeArtifact {
  kind: 'screenshot' | 'trace' | 'har' | 'console';
  sha256: string;
  bytes: number;
  /** Media type. */
  type: string;
}

/** How the machine was while it measured: a sample that is `tainted` never raises a latency alert. */
export interface RunConditions {
  /** Milliseconds it waited past its slot. */
  queueDelayMs: number;
  /** Runs in flight on this runner when it started, itself included. */
  concurrency: number;
  /** 0..1 over the run, all cores. */
  hostCpu: number;
  /** Host CPU over 80 % or more than 1 s in the queue. */
  tainted: boolean;
}

/** What the definition promises, in milliseconds. It is for rules: a run that takes longer has not failed. */
export interface ProbeThresholds {
  duration: number | null;
  /** By name of the step. */
  steps: Record<string, number>;
}

export interface ProbeRun {
  /** 16 bytes in lower-case hex; the run's own span is the root. */
  traceId: string;
  spanId: string;
  name: string;
  kind: ProbeKind;
  location: string;
  /** The slot on the absolute grid, unix milliseconds. */
  scheduledAt: number;
  startedAt: number;
  durationMs: number;
  verdict: ProbeVerdict;
  failure: ProbeFailure | null;
  /** Why it did not happen, '' unless skipped. */
  skipped: string;
  /** The trace id of the failed run that this one confirms, '' for an ordinary one. */
  confirms: string;
  /** Version of the definition: a short hash of its file. */
  definition: string;
  /** Milliseconds between two slots: what tells a slot without a run from one that was never due. */
  every: number;
  thresholds: ProbeThresholds;
  tags: Record<string, string>;
  /** When the target's certificate ends to be valid, unix milliseconds; null where none was seen. */
  certificateExpiresAt: number | null;
  conditions: RunConditions;
  steps: ProbeStep[];
  artifacts: ProbeArtifact[];
}
