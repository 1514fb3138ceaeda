/** What rules saw and decided, as it is kept for looking back. */
import type {
  BranchReading,
  InstanceState,
  PastTransition,
  Phase,
  Transition,
} from '../../model/evaluation.ts';
import type { Labels } from '../../model/signal.ts';
import type { Engine } from '../engine.ts';

/** What an instance was at a moment, as history keeps it. */
export interface PastEvaluation {
  rule: string;
  fingerprint: string;
  labels: Labels;
  /** Unix ms of the tick it was written at; nothing changed from then until the next one. */
  t: number;
  phase: Phase;
  since: number;
  episode: number;
  branches: readonly BranchReading[];
}

/** Appends to the history. @throws Problem as the engine's */
export async function writeRuleHistory(
  engine: Engine,
  evaluations: readonly InstanceState[],
  transitions: readonly Transition[],
): Promise<void> {
  await engine.insertRows('rule_evaluations', evaluations.map(evaluationRow));
  await engine.insertRows(
    'rule_transitions',
    transitions.map((one) => ({
      // DateTime64(3) takes a whole number as milliseconds.
      Time: one.at,
      Rule: one.rule,
      Fingerprint: one.fingerprint,
      Labels: one.labels,
      From: one.from,
      To: one.to,
      Episode: one.episode,
      Reason: one.reason,
      Flapping: one.flapping,
      Summary: one.summary,
    })),
  );
}

function evaluationRow(state: InstanceState): object {
  const { branches } = state;
  return {
    Time: Math.floor(state.t / 1_000),
    Rule: state.rule,
    Fingerprint: state.fingerprint,
    Labels: state.labels,
    Phase: state.phase,
    Since: state.since,
    Episode: state.episode,
    'Branches.Id': branches.map(({ id }) => id),
    'Branches.Truth': branches.map(({ truth }) => (truth === null ? -1 : truth ? 1 : 0)),
    'Branches.Value': branches.map(({ value }) => value),
    'Branches.Since': branches.map(({ since }) => since),
    'Branches.Why': branches.map(({ why }) => why),
  };
}

/** Changes of phase of a rule in (from, to], unix ms, the newest first. @throws Problem as the engine's */
export async function readTransitions(
  engine: Engine,
  rule: string,
  range: { from: number; to: number; limit: number },
): Promise<PastTransition[]> {
  return engine.query<PastTransition>(
    `SELECT Rule AS rule, Fingerprint AS fingerprint, Labels AS labels, toUnixTimestamp64Milli(Time) AS at, From AS from,
       To AS to, Episode AS episode, Reason AS reason, Flapping AS flapping, Summary AS summary
     FROM rule_transitions
     WHERE Time > fromUnixTimestamp64Milli({from:Int64}) AND Time <= fromUnixTimestamp64Milli({to:Int64})
       AND Rule = {rule:String}
     ORDER BY Time DESC, Fingerprint LIMIT 1 BY Time, Fingerprint LIMIT {limit:UInt32}`,
    { ...range, rule },
  );
}

/** The last that was written of each instance of a rule at or before `t` (unix ms), no older than an hour. */
export async function readEvaluations(engine: Engine, rule: string, t: number): Promise<PastEvaluation[]> {
  const rows = await engine.query<
    Omit<PastEvaluation, 'branches'> & {
      ids: string[];
      truths: number[];
      values: (number | null)[];
      sinces: (number | null)[];
      whys: string[];
    }
  >(
    `SELECT Rule AS rule, Fingerprint AS fingerprint, Labels AS labels, toUnixTimestamp(Time) * 1000 AS t, Phase AS phase,
       toUnixTimestamp64Milli(Since) AS since, Episode AS episode, Branches.Id AS ids, Branches.Truth AS truths,
       Branches.Value AS values, Branches.Since AS sinces, Branches.Why AS whys
     FROM rule_evaluations
     WHERE Rule = {rule:String} AND Time <= toDateTime({t:UInt32}) AND Time > toDateTime({t:UInt32} - 3600)
     ORDER BY Time DESC LIMIT 1 BY Fingerprint LIMIT 1000`,
    { rule, t: Math.floor(t / 1_000) },
  );
  return rows.map(({ ids, truths, values, sinces, whys, ...row }) => ({
    ...row,
    branches: ids.map((id, i) => ({
      id,
      truth: truths[i] === -1 ? null : truths[i] === 1,
      value: values[i] ?? null,
      since: sinces[i] ?? null,
      why: whys[i] ?? '',
    })),
  }));
}
