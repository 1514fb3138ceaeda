/** What the product does about an incident, and whether it helped. Times in unix ms. */
import type { BranchReading } from './evaluation.ts';
import type { Truth } from './rule.ts';
import type { Labels } from './signal.ts';

/**
 * The life of an operation. It begins as `proposed`, and ends in one of the states of `FINAL_STATUS`.
 * `dispatched` is written before the request leaves, so a crash in between is found as such and treated as `unknown`.
 */
export type OperationStatus =
  | 'proposed'
  | 'blocked'
  | 'awaiting_approval'
  | 'rejected'
  | 'expired'
  | 'dispatched'
  | 'unknown'
  | 'accepted'
  | 'succeeded'
  | 'failed'
  | 'verifying'
  | 'verified'
  | 'not_verified'
  | 'rolling_back'
  | 'rolled_back'
  | 'escalated';

/** Nothing changes an operation any more. `failed` and `not_verified` lead on to `escalated` where the rule asks for it. */
export const FINAL_STATUS: ReadonlySet<OperationStatus> = new Set([
  'blocked',
  'rejected',
  'expired',
  'succeeded',
  'failed',
  'verified',
  'not_verified',
  'rolled_back',
  'escalated',
]);

/** `no_effect` and `worse` are failures of the action; `unknown` says that nobody could tell. */
export type Verdict = 'cured' | 'no_effect' | 'worse' | 'unknown';

export type GuardName =
  | 'kill_switch'
  | 'mode'
  | 'silence'
  | 'flapping'
  | 'unknown_signal'
  | 'bounds'
  | 'nothing_to_do'
  | 'one_at_a_time'
  | 'cooldown'
  | 'rate_limit'
  | 'blast_radius';

export interface GuardDecision {
  guard: GuardName;
  passed: boolean;
  /** Why, in a sentence. */
  reason: string;
}

/** One tick of the verification, kept for its chart. */
export interface VerificationSample {
  t: number;
  truth: Truth;
  /** Value of each signal of the condition. */
  values: Readonly<Record<string, number | null>>;
}

export interface VerificationState {
  /** The verdict is not looked for before this (the change needs time to show). */
  from: number;
  /** The last moment at which it may be cured. */
  until: number;
  samples: readonly VerificationSample[];
  /** Of the conditions at the last sample. */
  branches: readonly BranchReading[];
  verdict: Verdict | null;
  /** The tick that decided it. */
  at: number | null;
}

export interface ApprovalState {
  role: 'operator' | 'admin';
  requestedAt: number;
  expiresAt: number;
  decision: { at: number; by: string; approved: boolean; comment: string } | null;
}

/** What somebody may do. */
export type Role = 'viewer' | 'operator' | 'admin';

/** What is to be done; every number absolute. */
export type Order =
  | {
      kind: 'scale';
      /** What the hook observed before; the plan rests on it. */
      expectedCurrent: number | null;
      /** Null until the current number is known. */
      desired: number | null;
      bounds: { min: number; max: number };
    }
  | { kind: 'remediate'; action: string; parameters: Readonly<Record<string, string>> };

export interface Operation {
  /** `<rule>.<fingerprint>.e<episode>.<action>.<count>`, deterministic: a restarted engine finds it instead of doing it again. */
  id: string;
  rule: string;
  fingerprint: string;
  labels: Labels;
  episode: number;
  /** The tick at which the instance began to fire. */
  began: number;
  /** Index in the rule's `then`. */
  action: number;
  /** Of this action within the episode, from 1. */
  count: number;
  incident: number | null;
  hook: string;
  target: string;
  order: Order;
  /** `dry_run` asks the hook what it would do; `shadow` asks nobody. */
  mode: 'execute' | 'dry_run' | 'shadow';
  status: OperationStatus;
  /** Since when it has this status, and why, in a sentence. */
  since: number;
  reason: string;
  proposedAt: number;
  /** After this a hook must not begin. */
  notAfter: number;
  /** After this it is given up and escalated. */
  deadline: number;
  guards: readonly GuardDecision[];
  approval: ApprovalState | null;
  dispatchedAt: number | null;
  finishedAt: number | null;
  /** When the next request or question is due; null when nothing is. */
  due: number | null;
  /** Requests and questions that failed in a row. */
  attempts: number;
  /** How often the target was not as expected and it was planned anew. */
  replans: number;
  /** What the hook said it observed when it had finished. */
  observed: number | null;
  /** How it is to be verified, as the rule said when it was proposed; null when it asks for nothing. */
  verify: { after: number; within: number; onFail: readonly ('rollback' | 'escalate')[] } | null;
  verification: VerificationState | null;
  /** The operation that undoes this one, and the one that this one undoes; '' without. */
  rolledBackBy: string;
  rollbackOf: string;
  /** Grows with every change. */
  revision: number;
}

/** A page of the ledger, newest first. */
export interface OperationsView {
  operations: readonly Operation[];
  /** Give it as `before` for the next page; null on the last. */
  next: string | null;
}

/** What stops everything that has not been sent yet. */
export interface KillSwitch {
  on: boolean;
  /** Who turned it on and why; '' when it is off. */
  reason: string;
  /** While this file exists it is on, whatever the API says. */
  file: string;
}

/** Of each rule that acted, since a time. */
export interface LedgerView {
  since: number;
  rules: readonly LoopTimes[];
}

/** How long people and machines took, medians in ms over a rule's operations; null without any. */
export interface LoopTimes {
  rule: string;
  /** Those that were sent, and those that a guard held back. */
  operations: number;
  held: number;
  cured: number;
  noEffect: number;
  worse: number;
  unknown: number;
  undone: number;
  /** The rule began to fire → it was told, dispatched, finished, verified; each by the first operation of an episode that came so far. */
  toTell: number | null;
  toAct: number | null;
  toFinish: number | null;
  toVerify: number | null;
}
