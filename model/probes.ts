/** What the store says of probes: how they did over a range, and from where they are looked at. */
import type { FailureClass, ProbeKind, ProbeRun, ProbeVerdict } from './probe.ts';
import type { TimeRange } from './service.ts';

/**
 * Slots of the schedule, each probe at each location by itself. `up`: a run passed, the confirming one included. `down`:
 * a run failed by the target's fault and none passed. `blind`: nobody looked (no run, skipped, the probe's own fault).
 */
export interface Slots {
  up: number;
  down: number;
  blind: number;
}

/** 0..1, null without a slot that was seen. Blind slots make it a range: all of them down, all of them up. */
export interface Availability extends Slots {
  /** up / (up + down). */
  value: number | null;
  lowest: number | null;
  highest: number | null;
}

/** The newest run of a probe at one location. */
export interface LatestRun {
  location: string;
  traceId: string;
  /** Unix milliseconds. */
  scheduledAt: number;
  durationMs: number;
  verdict: ProbeVerdict;
  failureClass: FailureClass | '';
  /** What failed, or why it was skipped; '' when it passed. */
  message: string;
}

/** A slice of the range, for a sparkline. */
export interface ProbeTrend extends Slots {
  /** p75 of good, untainted runs in milliseconds; null without one. */
  wait: number | null;
}

export interface ProbeSummary {
  name: string;
  kind: ProbeKind;
  tags: Record<string, string>;
  /** Milliseconds between two slots. */
  every: number;
  /** What the definition promises for a whole run, milliseconds. */
  threshold: number | null;
  /** False when every location where it ran is alive and has written down nothing of it for more than two slots. */
  scheduled: boolean;
  /** One for each location, by its name. */
  latest: LatestRun[];
  /** Runs that happened in the range, confirming ones included. */
  runs: number;
  /** Of those, how many do not count for `wait` because their machine was too busy. */
  tainted: number;
  /** p75 in milliseconds of good, untainted runs; confirming runs, which keep evidence, left out. */
  wait: number | null;
  availability: Availability;
  /** Unix milliseconds; the earliest of the certificates that were seen last. */
  certificateExpiresAt: number | null;
  /** Oldest first. */
  trend: ProbeTrend[];
}

export interface ProbesView {
  range: TimeRange;
  probes: ProbeSummary[];
  locations: LocationState[];
}

/**
 * The slowest operation that serves a journey, for probes and for real users: p75 at the server in milliseconds, null
 * where there were none.
 */
export interface ServerTimes {
  probe: string;
  service: string;
  operation: string;
  probed: number | null;
  real: number | null;
}

export interface ServerTimesView {
  range: TimeRange;
  times: ServerTimes[];
}

/** Where probes are looked from. */
export interface LocationState {
  location: string;
  /** Unix milliseconds of its newest heartbeat. */
  lastHeartbeat: number;
  /** Milliseconds between two heartbeats. */
  every: number;
  /** No heartbeat for more than three intervals: what it looks at is blind since `lastHeartbeat`. */
  silent: boolean;
  /** How many it has on its schedule, by its newest heartbeat. */
  probes: number;
}

/** A step as the list of runs shows it. */
export interface StepResult {
  name: string;
  verdict: ProbeVerdict;
  durationMs: number;
  /** SHA-256 of the screenshot at its end, '' when there is none. */
  screenshot: string;
}

/** One run in a list: without requests, vitals and files. */
export interface ProbeRunSummary extends Omit<ProbeRun, 'steps' | 'artifacts' | 'tags' | 'thresholds'> {
  steps: StepResult[];
}

export interface ProbeRunsView {
  range: TimeRange;
  name: string;
  /** Newest first. */
  runs: ProbeRunSummary[];
  /** True when there are more than were returned. */
  more: boolean;
}
