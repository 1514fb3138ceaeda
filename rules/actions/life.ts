/** The life of an operation: pure. What comes back from people, hooks and ticks goes in, the next state comes out. */
import type { VerificationCheck } from '../../model/evaluation.ts';
import {
  type ApprovalState,
  FINAL_STATUS,
  type GuardDecision,
  type Operation,
  type OperationStatus,
  type Verdict,
  type VerificationSample,
} from '../../model/operation.ts';

/** What a hook says, whatever it speaks. */
export type HookAnswer =
  /** Done, or nothing was to be done. */
  | { kind: 'succeeded'; observed: number | null }
  | { kind: 'accepted'; pollAfter: number }
  /** The target is not as the plan expected. */
  | { kind: 'conflict'; observed: number }
  /** It will not do this: outside of its own bounds, not understood, not allowed. */
  | { kind: 'refused'; reason: string }
  /** It began and could not finish. */
  | { kind: 'failed'; reason: string }
  /** Not now; certainly not begun. */
  | { kind: 'busy'; after: number; reason: string }
  /** Asked for the operation: it never heard of it. */
  | { kind: 'never_received' }
  /** No answer, half an answer, or nonsense: it may have been carried out. */
  | { kind: 'no_answer'; reason: string };

export type LifeEvent =
  /** The guards have looked; `desired` is the absolute number they looked at (scale only). */
  | {
      kind: 'guarded';
      decisions: readonly GuardDecision[];
      current: number | null;
      desired: number | null;
      approval: (Pick<ApprovalState, 'role'> & { ttl: number }) | null;
    }
  | { kind: 'decided'; by: string; approved: boolean; comment: string }
  | { kind: 'dispatching' }
  | { kind: 'answered'; answer: HookAnswer }
  | { kind: 'ticked'; check: VerificationCheck }
  /** What became of the rollback; `changed`: somebody else has touched the target since, so it is left alone. */
  | { kind: 'undone'; outcome: 'done' | 'changed' | 'failed'; reason: string }
  | { kind: 'cancelled'; reason: string }
  /** Time passes. */
  | { kind: 'waited' };

/** What an event led to. */
export interface Step {
  operation: Operation;
  /** Sentences for the timeline. */
  said: string[];
  /** A sentence for those who have to take over; '' for none. */
  escalation: string;
  /** The operation is to be undone now. */
  rollsBack: boolean;
}

/** A plan that conflicts is made anew so often. */
const MOST_REPLANS = 3;
/** The tick that shows the end of a window comes a rule's interval and delay later; one that never comes is not waited for. */
const TICKS_LATE_MS = 5 * 60_000;
/** Samples kept for the chart; a longer verification keeps every second one, again and again. */
const MOST_SAMPLES = 240;
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000];

/** The next state. An event that does not fit the state changes nothing: answers come late and twice. */
export function live(operation: Operation, event: LifeEvent, now: number): Step {
  const step = new Stepping(operation, now);
  if (!FINAL_STATUS.has(operation.status) && !step.expires()) step.take(event);
  return step.done();
}

class Stepping {
  private readonly before: Operation;
  private readonly now: number;
  private operation: Operation;
  private readonly said: string[] = [];
  private escalation = '';
  private rollsBack = false;

  constructor(operation: Operation, now: number) {
    this.before = operation;
    this.operation = operation;
    this.now = now;
  }

  done(): Step {
    const { operation, said, escalation, rollsBack } = this;
    const changed = operation !== this.before;
    return {
      operation: changed ? { ...operation, revision: this.before.revision + 1 } : operation,
      said,
      escalation,
      rollsBack,
    };
  }

  /** Limits of time come before everything else: what is late does not count. */
  expires(): boolean {
    const { status, approval, notAfter, deadline, verification } = this.operation;
    if (status === 'awaiting_approval' && this.now >= approval!.expiresAt) {
      this.to('expired', 'Nobody approved it in time.');
      return true;
    }
    // `dispatched` with something due is between two requests: the hook was busy or never received it.
    if (!hasLeft(this.operation) && this.now >= notAfter) {
      this.to('expired', 'It could not begin in time.');
      return true;
    }
    if (isUnderWay(status) && this.now >= deadline) {
      this.fail(
        status === 'accepted'
          ? 'The hook took it and did not finish before the deadline.'
          : 'The hook did not say before the deadline whether it was carried out.',
      );
      return true;
    }
    if (status === 'verifying' && this.now > verification!.until + TICKS_LATE_MS) {
      this.judge(this.atTheEnd(), this.now);
      return true;
    }
    return false;
  }

  take(event: LifeEvent): void {
    if (!TAKES[event.kind](this.operation)) return;
    if (event.kind === 'guarded') this.guarded(event);
    else if (event.kind === 'decided') this.decided(event);
    else if (event.kind === 'dispatching') this.set({ attempts: this.operation.attempts + 1, due: null });
    else if (event.kind === 'answered') this.answered(event.answer);
    else if (event.kind === 'ticked') this.ticked(event);
    else if (event.kind === 'undone') this.undone(event);
    else if (event.kind === 'cancelled') this.hold(event.reason, event.reason === this.operation.reason);
  }

  private guarded({ decisions, current, desired, approval }: Extract<LifeEvent, { kind: 'guarded' }>): void {
    const { order } = this.operation;
    if (order.kind === 'scale') this.set({ order: { ...order, expectedCurrent: current, desired } });
    const before = this.operation.guards.find(({ passed }) => !passed)?.guard;
    this.set({ guards: decisions });
    const stopped = decisions.find(({ passed }) => !passed);
    if (stopped) this.hold(stopped.reason, stopped.guard === before);
    else if (this.operation.mode === 'shadow') this.to('succeeded', 'Shadow: nobody was asked.');
    else if (approval === null || this.operation.approval?.decision?.approved) this.dispatch();
    else this.askFor(approval);
  }

  /** What holds it for the same reason as the last time is not told again. */
  private hold(reason: string, again: boolean): void {
    this.to('blocked', reason);
    if (again) this.said.pop();
  }

  private askFor(approval: Pick<ApprovalState, 'role'> & { ttl: number }): void {
    const expiresAt = Math.min(this.now + approval.ttl, this.operation.notAfter);
    this.set({ approval: { role: approval.role, requestedAt: this.now, expiresAt, decision: null } });
    this.to('awaiting_approval', `It waits for the approval of an ${approval.role}.`);
  }

  private decided({ by, approved, comment }: Extract<LifeEvent, { kind: 'decided' }>): void {
    const approval = { ...this.operation.approval!, decision: { at: this.now, by, approved, comment } };
    this.set({ approval });
    if (!approved) this.to('rejected', `${by} rejected it. ${comment}`.trim());
    else {
      // The world has moved on meanwhile: it is planned and guarded again before it is sent.
      this.to('proposed', `${by} approved it. ${comment}`.trim());
      this.set({ due: this.now });
    }
  }

  private dispatch(): void {
    this.to('dispatched', this.describe());
    this.set({ dispatchedAt: this.operation.dispatchedAt ?? this.now, due: this.now, attempts: 0 });
  }

  private describe(): string {
    const { order, target, mode } = this.operation;
    const what =
      order.kind === 'scale'
        ? `${target} from ${order.expectedCurrent ?? '?'} to ${order.desired}`
        : `${order.action} of ${target}`;
    return mode === 'dry_run' ? `Asked what it would do: ${what}.` : `Asked for ${what}.`;
  }

  private answered(answer: HookAnswer): void {
    if (answer.kind === 'succeeded') this.finished(answer.observed);
    else if (answer.kind === 'accepted') this.accepted(answer.pollAfter);
    else if (answer.kind === 'conflict') this.conflict(answer.observed);
    else if (answer.kind === 'refused') this.fail(`The hook refused: ${answer.reason}`);
    else if (answer.kind === 'failed') this.fail(`The hook could not do it: ${answer.reason}`);
    else if (answer.kind === 'busy') this.busy(answer.after);
    else if (answer.kind === 'never_received') this.neverReceived();
    else this.noAnswer(answer.reason);
  }

  private accepted(pollAfter: number): void {
    if (this.operation.status !== 'accepted') this.to('accepted', 'The hook took it.');
    this.set({ attempts: 0, due: this.now + pollAfter });
  }

  private busy(after: number): void {
    this.set({ attempts: this.operation.attempts + 1, due: this.now + after });
  }

  /** Only a question is answered so. What the hook never heard of may be sent again under the same id. */
  private neverReceived(): void {
    if (this.operation.status === 'unknown') {
      this.to('dispatched', 'The hook never received it; it is sent again under the same id.');
      this.set({ due: this.now });
    } else this.noAnswer('the hook has forgotten it');
  }

  private noAnswer(reason: string): void {
    const { status, attempts } = this.operation;
    if (status !== 'unknown') this.to('unknown', `It is not known whether it was carried out: ${reason}.`);
    this.set({ attempts: attempts + 1, due: this.now + RETRY_MS[Math.min(attempts, RETRY_MS.length - 1)]! });
  }

  private conflict(observed: number): void {
    const { order, replans } = this.operation;
    if (order.kind !== 'scale' || replans >= MOST_REPLANS) {
      this.fail(`The target is not as expected: the hook observes ${observed}.`);
      return;
    }
    this.set({ order: { ...order, expectedCurrent: observed, desired: null } });
    this.to('proposed', `The hook observes ${observed}, not what was expected; it is planned anew.`);
    this.set({ due: this.now, replans: replans + 1 });
  }

  private finished(observed: number | null): void {
    const { verify, mode, rollbackOf } = this.operation;
    this.set({ finishedAt: this.now, observed, due: null, attempts: 0 });
    const seen = observed === null ? '' : ` The hook observes ${observed}.`;
    if (mode !== 'execute' || verify === null || rollbackOf !== '') {
      this.to('succeeded', `Done.${seen}`);
      return;
    }
    const from = this.now + verify.after;
    const until = from + verify.within;
    this.set({ verification: { from, until, samples: [], branches: [], verdict: null, at: null } });
    this.to(
      'verifying',
      `Done.${seen} Whether it helped is looked at until ${new Date(until).toISOString()}.`,
    );
  }

  private ticked({ check }: Extract<LifeEvent, { kind: 'ticked' }>): void {
    const { t, truth, worse, values, branches } = check;
    const verification = this.operation.verification!;
    if (t <= (verification.samples.at(-1)?.t ?? this.operation.dispatchedAt!)) return;
    const samples = [...thinned(verification.samples), { t, truth, values }];
    this.set({ verification: { ...verification, samples, branches } });
    if (t < verification.from) return;
    if (worse === true) this.judge('worse', t);
    else if (truth === true) this.judge('cured', t);
    else if (t >= verification.until) this.judge(this.atTheEnd(), t);
  }

  /** When the window ends: no effect if the last known answer was no, unknown if nobody could tell. */
  private atTheEnd(): Verdict {
    const { from, samples } = this.operation.verification!;
    const known = samples.filter(({ t, truth }) => t >= from && truth !== null);
    return known.length === 0 ? 'unknown' : 'no_effect';
  }

  private judge(verdict: Verdict, at: number): void {
    const { verification, verify } = this.operation;
    this.set({ verification: { ...verification!, verdict, at }, due: null });
    if (verdict === 'cured') {
      this.to('verified', 'It helped: verified.');
      return;
    }
    const reason = REASONS[verdict];
    const onFail = verify?.onFail ?? [];
    // Nobody knows whether it hurt: undoing could make it worse, so people decide.
    if (verdict !== 'unknown' && onFail.includes('rollback')) {
      this.to('rolling_back', reason);
      this.rollsBack = true;
    } else if (onFail.length > 0) this.escalate(reason);
    else this.to('not_verified', reason);
  }

  private undone({ outcome, reason }: Extract<LifeEvent, { kind: 'undone' }>): void {
    if (outcome !== 'done') this.escalate(reason);
    else {
      const why = this.operation.reason;
      this.to('rolled_back', reason);
      if (this.operation.verify?.onFail.includes('escalate')) this.escalation = `${why} It was undone.`;
    }
  }

  private fail(reason: string): void {
    this.set({ finishedAt: this.now, due: null });
    // Of what may or may not have been done a person has to know, whatever the rule says.
    if (this.operation.verify?.onFail.includes('escalate') || this.now >= this.operation.deadline)
      this.escalate(reason);
    else this.to('failed', reason);
  }

  private escalate(reason: string): void {
    this.to('escalated', reason);
    this.escalation = reason;
  }

  private to(status: OperationStatus, reason: string): void {
    this.set({ status, reason, since: this.now });
    if (FINAL_STATUS.has(status)) this.set({ due: null });
    this.said.push(reason);
  }

  private set(change: Partial<Operation>): void {
    this.operation = { ...this.operation, ...change };
  }
}

function thinned(samples: readonly VerificationSample[]): readonly VerificationSample[] {
  return samples.length < MOST_SAMPLES ? samples : samples.filter((_, i) => i % 2 === 1);
}

const REASONS: Readonly<Record<Exclude<Verdict, 'cured'>, string>> = {
  no_effect: 'It had no effect.',
  worse: 'It got worse.',
  unknown: 'Nobody could tell whether it helped.',
};

/** When an event counts. */
const TAKES: Readonly<Record<LifeEvent['kind'], (operation: Operation) => boolean>> = {
  guarded: ({ status }) => status === 'proposed',
  decided: ({ status }) => status === 'awaiting_approval',
  // The request leaves now; whether it arrives is not known until it is answered.
  dispatching: ({ status }) => status === 'dispatched',
  answered: ({ status }) => isUnderWay(status),
  ticked: ({ status }) => status === 'verifying',
  undone: ({ status }) => status === 'rolling_back',
  cancelled: (operation) => !hasLeft(operation),
  waited: () => false,
};

/** Nothing was sent that could have been carried out. */
function hasLeft({ status, due }: Operation): boolean {
  const waits = status === 'proposed' || status === 'awaiting_approval';
  return !waits && !(status === 'dispatched' && due !== null);
}

/** The request may have reached the hook, and its end has not been heard of. */
function isUnderWay(status: OperationStatus): boolean {
  return status === 'dispatched' || status === 'unknown' || status === 'accepted';
}
