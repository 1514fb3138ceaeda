/** What evaluating rules gives: the state of each instance, and what changed at a tick. */
import type { Truth } from './rule.ts';
import type { Labels, Sample } from './signal.ts';

export type Phase = 'inactive' | 'pending' | 'firing';

/** One branch of the condition tree at one tick. */
export interface BranchReading {
  id: string;
  truth: Truth;
  /** The signal's value where the branch compares one, else null. */
  value: number | null;
  /** Unix ms since when the branch's own condition holds without a break; null when it does not. */
  since: number | null;
  /** Why it is unknown, '' when it is known. */
  why: string;
}

/** A rule for one set of labels. Plain JSON: it is written with each tick and read at the start. */
export interface InstanceState {
  rule: string;
  /**
   * 16 hex digits: FNV-1a-64, as Alertmanager's, over the labels of its series only (those of `by`), so that an edit of
   * the rule's own labels keeps the instance.
   */
  fingerprint: string;
  /** Of its series, and the rule's own; they never share a name. */
  labels: Labels;
  phase: Phase;
  /** Unix ms of the tick at which the phase began. */
  since: number;
  /** Counts the times it began to fire; identifies an episode together with rule and fingerprint. */
  episode: number;
  /** The last tick that was evaluated. */
  t: number;
  branches: readonly BranchReading[];
  /** `too_few`: there are events, fewer than the rule wants; treated as no data, but never alerts. */
  unknown: { kind: 'no_data' | 'too_few' | 'error'; since: number } | null;
  /** Since when the condition is no longer true while keep_firing_for runs; null otherwise. */
  recoveringSince: number | null;
  /** Since when none of its series gives anything; null while one does. */
  vanishedSince: number | null;
  /** Flap detection: when it began or ceased to fire lately (unix ms, oldest first), and whether it is flapping now. */
  changes: readonly number[];
  flapping: boolean;
  /** `Rule.version` it was evaluated with. */
  version: string;
}

/**
 * The phase changed; `reason` says why, when it was not the condition itself. When an instance ceases to flap, there is
 * one with `from` equal to `to` and the reason `flapping`.
 */
export interface Transition {
  rule: string;
  fingerprint: string;
  labels: Labels;
  at: number;
  from: Phase;
  to: Phase;
  episode: number;
  reason: 'condition' | 'no_data' | 'error' | 'deleted' | 'flapping';
  flapping: boolean;
  branches: readonly BranchReading[];
  /** What each signal gave for this instance. */
  samples: Readonly<Record<string, Sample>>;
  /** Rendered templates. */
  summary: string;
  description: string;
}

/** A change of phase as history keeps it. */
export type PastTransition = Pick<
  Transition,
  'rule' | 'fingerprint' | 'labels' | 'at' | 'from' | 'to' | 'episode' | 'reason' | 'flapping' | 'summary'
>;

/** All that one tick decided, to be written at once. */
export interface TickOutcome {
  t: number;
  /** States that changed or were evaluated; those of vanished instances are in `removed`. */
  states: readonly InstanceState[];
  removed: readonly { rule: string; fingerprint: string }[];
  transitions: readonly Transition[];
  /** Rules whose signals failed at this tick, with the reason. */
  errors: readonly { rule: string; error: string }[];
  /** What conditions of verifications gave, for operations that wait for it. */
  checks?: readonly VerificationCheck[];
  /** A sentence when the data source as a whole did not answer; '' otherwise. */
  sourceDown: string;
  /** Which files of rules have mistakes, in a sentence; '' for none. Of the product at work only. */
  badFiles?: string;
}

/** What the verification of an operation saw at a tick. */
export interface VerificationCheck {
  operation: string;
  t: number;
  truth: Truth;
  /** Whether it got worse; null when nobody can tell, or the rule does not say what worse is. */
  worse: Truth;
  /** Value of each signal the conditions name. */
  values: Readonly<Record<string, number | null>>;
  /** For the next check: a condition may have to hold for a time. */
  branches: readonly BranchReading[];
}
