import type { InstanceState } from '../../model/evaluation.ts';

/**
 * Whether a state differs in what a restart needs: all but the moment and the values that were seen. Ten thousand
 * instances are evaluated in a tick and a hundred change, so comparing is what keeps the disk quiet.
 */
export function needsWriting(before: InstanceState | undefined, now: InstanceState): boolean {
  return (
    before === undefined ||
    before.phase !== now.phase ||
    before.since !== now.since ||
    before.episode !== now.episode ||
    before.version !== now.version ||
    before.recoveringSince !== now.recoveringSince ||
    before.changes.length !== now.changes.length ||
    before.changes.at(-1) !== now.changes.at(-1) ||
    before.flapping !== now.flapping ||
    before.unknown?.kind !== now.unknown?.kind ||
    before.unknown?.since !== now.unknown?.since ||
    before.vanishedSince !== now.vanishedSince ||
    branchesDiffer(before.branches, now.branches)
  );
}

function branchesDiffer(before: InstanceState['branches'], now: InstanceState['branches']): boolean {
  return (
    before.length !== now.length ||
    now.some(({ id, truth, since }, i) => {
      const other = before[i]!;
      return other.id !== id || other.truth !== truth || other.since !== since;
    })
  );
}
