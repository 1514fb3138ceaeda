/** What is found out about an incident after it was resolved, frozen with it. Times in unix ms. */

export interface Findings {
  /** From 30 minutes before it began until it was resolved. */
  releases: readonly { service: string; version: string; at: number }[];
  budgets: readonly BudgetBurned[];
  hindsight: Hindsight;
  /** Sentences on what could not be read. */
  missing: readonly string[];
}

/** What an incident cost of an SLO's error budget. */
export interface BudgetBurned {
  slo: string;
  /** Bad events while it lasted. */
  bad: number;
  /** Of the whole window's budget; null without valid events. */
  share: number | null;
}

/** Who would have told earlier, by replay. */
export interface Hindsight {
  /** Other rules that began to fire within the half hour before, the earliest first. */
  others: readonly { rule: string; isShadow: boolean; earlierMs: number }[];
  /** The change of the incident's rule that would have told earlier for the fewest pages; null when none would. */
  proposal: Proposal | null;
  /** Why it was not computed, in a sentence; '' when it was. */
  missing: string;
}

export interface Proposal {
  /** "`for` halved". */
  what: string;
  /** Unified diff of the rule's file. */
  patch: string;
  earlierMs: number;
  /** Pages more than the rule as it is, over the stretch before the end that was replayed, in ms. */
  morePages: number;
  over: number;
}
