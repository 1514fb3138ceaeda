/** How long the loop takes, rule by rule, from what the ledger holds: pure. */
import type { LoopTimes, Operation, Verdict } from '../../model/operation.ts';

/**
 * Medians over episodes, in ms since the instance began to fire. Rollbacks are part of what they undo; dry runs and
 * shadows did nothing, and are left out.
 * @param toldAt when the first notice about an incident was delivered; null while none was
 */
export function loopTimes(
  operations: readonly Operation[],
  toldAt: (incident: number) => number | null,
): LoopTimes[] {
  const real = operations.filter(({ mode, rollbackOf }) => mode === 'execute' && rollbackOf === '');
  return [...Map.groupBy(real, ({ rule }) => rule)]
    .map(([rule, own]) => timesOf(rule, own, toldAt))
    .sort((a, b) => (a.rule < b.rule ? -1 : 1));
}

function timesOf(
  rule: string,
  operations: readonly Operation[],
  toldAt: (incident: number) => number | null,
): LoopTimes {
  const verdicts = (wanted: Verdict) =>
    operations.filter(({ verification }) => verification?.verdict === wanted).length;
  const episodes = [
    ...Map.groupBy(operations, ({ fingerprint, episode }) => `${fingerprint}/${episode}`).values(),
  ];
  const reached = (at: (operation: Operation) => number | null) =>
    median(
      episodes.flatMap((own) => {
        const times = own.map(at).filter((time) => time !== null);
        return times.length === 0 ? [] : [Math.max(0, Math.min(...times) - own[0]!.began)];
      }),
    );
  return {
    rule,
    operations: operations.filter(({ dispatchedAt }) => dispatchedAt !== null).length,
    held: operations.filter(({ status }) => status === 'blocked').length,
    cured: verdicts('cured'),
    noEffect: verdicts('no_effect'),
    worse: verdicts('worse'),
    unknown: verdicts('unknown'),
    undone: operations.filter(({ status }) => status === 'rolled_back').length,
    toTell: reached(({ incident }) => (incident === null ? null : toldAt(incident))),
    toAct: reached(({ dispatchedAt }) => dispatchedAt),
    toFinish: reached((operation) => (isDone(operation) ? operation.finishedAt : null)),
    toVerify: reached(({ verification }) => (verification?.verdict === 'cured' ? verification.at : null)),
  };
}

const isDone = ({ status, verification }: Operation): boolean =>
  status === 'succeeded' || verification !== null;

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
