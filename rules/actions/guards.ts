/** What must be true before anything is done: pure. All guards are asked, so that the ledger shows each answer. */
import type { GuardDecision, GuardName, Operation } from '../../model/operation.ts';
import type { Action } from '../../model/rule.ts';

export type ScaleAction = Extract<Action, { kind: 'scale' }>;
export type RemediateAction = Extract<Action, { kind: 'remediate' }>;

/** The world as the guards see it. Times in unix ms. */
export interface GuardContext {
  now: number;
  /** Why nothing may be done at all; '' when it may. */
  killSwitch: string;
  /** The rule's mode now; null when the rule is gone. */
  ruleMode: 'active' | 'shadow' | 'disabled' | null;
  /** The silence that covers the instance, in words; ''. Mute times hold back notices, not actions. */
  silencedBy: string;
  flapping: boolean;
  /** Signals of the rule that gave nothing for this instance. */
  unknownSignals: readonly string[];
  /** What the hook observes; null when it does not count, or could not be asked. */
  current: number | null;
  /** Another operation on the same target that has not ended. */
  underWay: Pick<Operation, 'id'> | null;
  /** When an operation of any rule on this target ended or was sent last; null without. */
  lastOnTarget: number | null;
  /** Operations of this rule and action that were sent within its rate limit's time. */
  recent: number;
  /** Distinct targets with an operation under way, and how many there may be. */
  targetsUnderWay: number;
  mostTargets: number;
}

export interface Guarded {
  decisions: GuardDecision[];
  /** The absolute number for a scale; null when it cannot be planned. */
  desired: number | null;
}

/** Asks all guards. A rollback is only held by the kill switch and by another operation on its target. */
export function guard(
  operation: Pick<Operation, 'target' | 'rollbackOf'>,
  action: ScaleAction | RemediateAction,
  context: GuardContext,
): Guarded {
  const desired = action.kind === 'scale' ? plan(action, context.current) : null;
  const decisions = [killSwitch(context), oneAtATime(context)];
  if (operation.rollbackOf === '')
    decisions.push(
      mode(context),
      silence(context),
      flapping(context),
      cooldown(action, context),
      rateLimit(action, context),
      blastRadius(context),
      ...(action.kind === 'scale' ? scaling(action, context, desired) : []),
    );
  return { decisions, desired };
}

/** The absolute number within the bounds. */
function plan({ desired, bounds }: ScaleAction, current: number | null): number | null {
  if ('to' in desired) return clamp(desired.to, bounds);
  if (current === null) return null;
  const wanted = 'step' in desired ? current + desired.step : Math.ceil(current * desired.factor);
  return clamp(wanted, bounds);
}

function scaling(
  { bounds }: ScaleAction,
  { current, unknownSignals }: GuardContext,
  desired: number | null,
): GuardDecision[] {
  if (current === null || desired === null)
    return [decide('bounds', false, 'The hook does not say how many there are now.')];
  const isDown = desired < current;
  return [
    decide(
      'unknown_signal',
      !(isDown && unknownSignals.length > 0),
      isDown && unknownSignals.length > 0
        ? `Nothing is known of ${unknownSignals.join(', ')}: what is unknown never scales down.`
        : 'What it rests on is known, or it does not scale down.',
    ),
    decide(
      'bounds',
      desired >= bounds.min && desired <= bounds.max,
      `${desired} is within ${bounds.min} to ${bounds.max}.`,
    ),
    decide(
      'nothing_to_do',
      desired !== current,
      desired === current
        ? `There are ${current} already, and the bounds are ${bounds.min} to ${bounds.max}.`
        : `From ${current} to ${desired}.`,
    ),
  ];
}

function killSwitch({ killSwitch }: GuardContext): GuardDecision {
  return decide('kill_switch', killSwitch === '', killSwitch || 'The kill switch is off.');
}

function mode({ ruleMode }: GuardContext): GuardDecision {
  const passed = ruleMode === 'active' || ruleMode === 'shadow';
  return decide('mode', passed, ruleMode === null ? 'The rule is gone.' : `The rule is ${ruleMode}.`);
}

function silence({ silencedBy }: GuardContext): GuardDecision {
  return decide('silence', silencedBy === '', silencedBy || 'Nothing silences it.');
}

function flapping({ flapping }: GuardContext): GuardDecision {
  return decide(
    'flapping',
    !flapping,
    flapping ? 'It flaps: nothing is done until it is steady.' : 'It is steady.',
  );
}

function oneAtATime({ underWay }: GuardContext): GuardDecision {
  return decide(
    'one_at_a_time',
    underWay === null,
    underWay === null
      ? 'Nothing else is done to the target.'
      : `${underWay.id} is still at work on the target.`,
  );
}

function cooldown(
  { cooldown }: ScaleAction | RemediateAction,
  { lastOnTarget, now }: GuardContext,
): GuardDecision {
  const since = lastOnTarget === null ? Number.POSITIVE_INFINITY : now - lastOnTarget;
  // A clock that was set back must not unlock it, nor lock it for ever.
  const passed = since >= cooldown || since < -cooldown;
  const left = Math.ceil((cooldown - Math.max(0, since)) / 1_000);
  return decide(
    'cooldown',
    passed,
    passed ? 'The cooldown of the target is over.' : `The target cools down for ${left} s.`,
  );
}

function rateLimit({ rateLimit }: ScaleAction | RemediateAction, { recent }: GuardContext): GuardDecision {
  if (rateLimit === null) return decide('rate_limit', true, 'The rule has no rate limit.');
  const hours = Number((rateLimit.per / 3_600_000).toPrecision(3));
  return decide('rate_limit', recent < rateLimit.max, `${recent} of ${rateLimit.max} within ${hours} h.`);
}

function blastRadius({ targetsUnderWay, mostTargets }: GuardContext): GuardDecision {
  return decide(
    'blast_radius',
    targetsUnderWay < mostTargets,
    `${targetsUnderWay} targets are being changed; ${mostTargets} may be at once.`,
  );
}

const decide = (guard: GuardName, passed: boolean, reason: string): GuardDecision => ({
  guard,
  passed,
  reason,
});

const clamp = (wanted: number, { min, max }: { min: number; max: number }): number =>
  Math.min(max, Math.max(min, wanted));
