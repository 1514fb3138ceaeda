/** Promises about transactions as the API answers and the pages show them. Times in unix ms, shares 0 to 1. */
import type { Money, SloWindow, Transaction } from './rule.ts';
import type { Spent } from './slo/blame.ts';
import type { Reason, Tier } from './slo/sample.ts';
import type { SpentIn } from './slo/spending.ts';
import type { PromiseState } from './slo/state.ts';

export interface TransactionSummary {
  name: string;
  summary: string;
  owner: string;
  /** Decimal string in (0, 1). */
  objective: string;
  window: SloWindow;
  /** Null where events are counted as the file's `bad` and `total` say. */
  transaction: Transaction | null;
  from: number;
  to: number;
  state: PromiseState;
  /** False for events of metrics and logs, which are not kept by minute: only rules read their burn rate. */
  isCounted: boolean;
  /** Weighted where spans are sampled. */
  valid: number;
  bad: number;
  kept: number | null;
  /** As it stood a week ago; null when nothing was seen then. */
  keptBefore: number | null;
  /** Below 0 when more was spent than there was. */
  budgetLeft: number | null;
  /** Share of the budget that one bad event takes. */
  costOfOne: number | null;
  spentIn: SpentIn;
  /** The budget that was left, in equal steps from the first event on; empty without events. */
  burnDown: readonly number[];
  /** What the bad ones were worth together; null without a value. */
  lost: Money | null;
  firstSeen: number | null;
  lastSeen: number | null;
  /** Days of the window, the last of them today, and those with events. */
  days: number;
  daysWithEvents: number;
  /** Maintenance within the window. */
  excludedMs: number;
  /** Some spans stand for several: counts are estimates. */
  isSampled: boolean;
}

export interface TransactionsView {
  at: number;
  /** Worst first. */
  transactions: readonly TransactionSummary[];
}

/** A stretch of a window with what was counted in it. */
export interface Slot {
  at: number;
  valid: number;
  bad: number;
}

/** A transaction that was looked at. */
export interface SampledTrace {
  traceId: string;
  /** The span that counts; '' for a sequence. */
  spanId: string;
  at: number;
  durationMs: number;
  failed: boolean;
}

/** What was looked at, out of how many. */
export interface SampleSize {
  traces: number;
  /** That are stored of the same minutes. */
  of: number;
  /** Null without traces. */
  from: number | null;
  to: number | null;
}

/** Another objective, had it been promised. */
export interface Comparison {
  objective: string;
  budgetLeft: number | null;
  /** When its budget would have been spent; null when it would not. */
  failedAt: number | null;
}

export interface TransactionView {
  at: number;
  transaction: TransactionSummary;
  description: string;
  file: string;
  slots: readonly Slot[];
  slotMs: number;
  /** Times without events of at least 15 minutes, the longest first. */
  silent: readonly { from: number; to: number }[];
  spent: readonly Spent[];
  tiers: readonly Tier[];
  sample: SampleSize;
  reasons: readonly Reason[];
  badSample: SampleSize;
  /** Bad ones, failed before slow, the slowest first. */
  worst: readonly SampledTrace[];
  comparisons: readonly Comparison[];
  /** Sentences on what could not be read. */
  missing: readonly string[];
}
