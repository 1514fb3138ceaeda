/** The world as the guards see it, put together from the state and the rules. */
import type { InstanceState } from '../../model/evaluation.ts';
import type { Operation, OperationStatus } from '../../model/operation.ts';
import type { Rule } from '../../model/rule.ts';
import type { Operations } from '../../store/state/state.ts';
import type { GuardContext } from './guards.ts';
import type { Acting } from './propose.ts';

/** Targets that are changed at the same time, over all rules. */
const MOST_TARGETS = 5;
/** In these the target is being changed, or what was changed is being watched. */
const BUSY: ReadonlySet<OperationStatus> = new Set([
  'dispatched',
  'unknown',
  'accepted',
  'verifying',
  'rolling_back',
]);

export interface Surrounding {
  now: number;
  killSwitch: string;
  rule: Rule | undefined;
  instance: InstanceState | undefined;
  silencedBy: string;
  current: number | null;
  operations: Operations;
}

/** What the guards of one operation have to know at this moment. */
export function contextOf(
  operation: Operation,
  action: Acting,
  { now, killSwitch, rule, instance, silencedBy, current, operations }: Surrounding,
): GuardContext {
  const busy = operations.live().filter(({ id, status }) => id !== operation.id && BUSY.has(status));
  const key = ({ hook, target }: Operation) => `${hook}\n${target}`;
  const here = busy.filter((other) => key(other) === key(operation) && other.id !== operation.rollbackOf);
  return {
    now,
    killSwitch,
    ruleMode: rule?.mode ?? null,
    silencedBy,
    flapping: instance?.flapping ?? false,
    unknownSignals: unknownIn(instance),
    current,
    underWay: here[0] ?? null,
    lastOnTarget: operations.lastOnTarget(operation.hook, operation.target, operation.id),
    recent: operations.sentSince(operation.rule, operation.action, now - (action.rateLimit?.per ?? 0)),
    targetsUnderWay: new Set(busy.map(key)).size,
    mostTargets: MOST_TARGETS,
  };
}

function unknownIn(instance: InstanceState | undefined): string[] {
  if (instance === undefined) return ['the rule'];
  return instance.branches.flatMap(({ id, truth, why }) =>
    truth === null && why !== '' ? [`${id} (${why})`] : [],
  );
}
