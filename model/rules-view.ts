/** Rules as the API tells of them. Times in unix ms. */
import type { InstanceState, PastTransition, Phase } from './evaluation.ts';
import type { FileProblem, Rule, Silence } from './rule.ts';

export interface RuleSummary {
  name: string;
  owner: string;
  mode: Rule['mode'];
  labels: Rule['labels'];
  file: string;
  line: number;
  /** The gravest phase of its instances. */
  phase: Phase;
  firing: number;
  pending: number;
  instances: number;
  /** Instances whose condition cannot be told at the moment. */
  unknown: number;
  flapping: number;
  /** The last tick any of them was evaluated; null before the first. */
  lastTick: number | null;
  openIncidents: readonly number[];
}

export interface RulesView {
  rules: readonly RuleSummary[];
  /** What is wrong in the files; their last good versions are in force. */
  problems: readonly FileProblem[];
}

export interface RuleView {
  rule: Rule;
  summary: RuleSummary;
  /** Those that fire first; at most 500. */
  instances: readonly InstanceState[];
  problems: readonly FileProblem[];
}

/** When instances of a rule changed their phase, the newest first. */
export interface RuleTransitions {
  transitions: readonly PastTransition[];
  /** Whether there are older ones in the range. */
  more: boolean;
}

export interface SilenceView extends Silence {
  /** Those of files can be changed there only. */
  inFile: boolean;
  status: 'active' | 'pending' | 'ended';
}
