/** Why a rule fires, or does not: what `rules explain` and the API tell. Times in unix ms, durations in ms. */
import type { BranchReading, Phase } from './evaluation.ts';
import type { Rule } from './rule.ts';
import type { Labels } from './signal.ts';

export interface ExplainedBranch extends BranchReading {
  /** What it asks: `errors > 0.05`. */
  text: string;
  /** How long it must hold, and for how long it has. */
  for: number;
  held: number;
}

export interface ExplainedInstance {
  fingerprint: string;
  labels: Labels;
  phase: Phase;
  since: number;
  flapping: boolean;
  /** The root first. */
  branches: readonly ExplainedBranch[];
  /** Ids of the branches that keep it from firing. */
  blockers: readonly string[];
  /** What the product recorded at that moment; null when it recorded nothing. */
  recorded: Phase | null;
}

export interface Explanation {
  rule: string;
  mode: Rule['mode'];
  /** The grid time that was looked at. */
  t: number;
  /** Why its signals could not be read, '' when they could. */
  error: string;
  /** Those that fire first. */
  instances: readonly ExplainedInstance[];
  /** How many more there are. */
  omitted: number;
}
