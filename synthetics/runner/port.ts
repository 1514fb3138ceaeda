/** What the schedule knows of journeys: one port, so that it can be tested without a browser. */
import type { ProbeArtifact, ProbeFailure, ProbeStep } from '../../model/probe.ts';

/** Runs one journey once. Never throws: what went wrong is the run's failure. */
export interface JourneyRunner {
  run(journey: JourneyFile, order: RunOrder): Promise<JourneyOutcome>;
  /** Null when journeys can run here, else the sentence that says how to mend it. */
  unavailable(): string | null;
  close(): Promise<void>;
}

export interface RunOrder {
  /** Of the run: 16 and 8 bytes in lower-case hex. */
  traceId: string;
  spanId: string;
  timeoutMs: number;
  /** True for a confirming run: Playwright trace, HAR and console are kept. */
  keepsEvidence: boolean;
  /** Origins whose document, XHR and fetch requests get `traceparent` and `tracestate: lw=p`. */
  allow: readonly string[];
}

export interface JourneyOutcome {
  /** Unix milliseconds. */
  startedAt: number;
  /**
   * Milliseconds, without the observer's work. On the clock the run took `durationMs` and the sum of its steps'
   * `observerMs`.
   */
  durationMs: number;
  verdict: 'passed' | 'failed';
  failure: ProbeFailure | null;
  steps: ProbeStep[];
  /** Files in a scratch folder; the caller moves or deletes them. */
  artifacts: KeptArtifact[];
  /** 0..1 over the run, all cores. */
  hostCpu: number;
}

export type KeptArtifact = ProbeArtifact & { path: string };

/** A journey file after loading: its definition, without running it. */
export interface JourneyFile {
  name: string;
  file: string;
  /** Short hash of the file's content. */
  definition: string;
  /** Milliseconds. */
  every: number;
  timeout: number;
  tags: Record<string, string>;
  /** Empty: every location. */
  locations: readonly string[];
  allow: readonly string[];
  /** By the journey's name for it: `env:NAME` or `file:/path`. */
  secrets: Readonly<Record<string, string>>;
  /** Milliseconds; of the whole run and of steps by name. */
  thresholds: { duration?: number; steps: Record<string, number> };
}
