/** Operations in words: what is done about incidents, as the pages say it. Times in unix ms. */
import {
  FINAL_STATUS,
  type GuardDecision,
  type Operation,
  type OperationStatus,
  type Verdict,
} from '../../../model/operation.ts';
import { count, duration } from '../format.ts';
import { label } from '../text.ts';
import { clock, moment } from '../time.ts';
import type { Tone } from './tones.ts';

/** What the field calls each status, for people. */
const STATUS_WORDS: Readonly<Record<OperationStatus, string>> = {
  proposed: 'being planned',
  blocked: 'held back',
  awaiting_approval: 'waits for approval',
  rejected: 'refused',
  expired: 'expired',
  dispatched: 'sent',
  unknown: 'sent, answer unknown',
  accepted: 'taken, under way',
  succeeded: 'done, not verified',
  failed: 'failed',
  verifying: 'done, verifying',
  verified: 'cured',
  not_verified: 'not verified',
  rolling_back: 'being undone',
  rolled_back: 'undone',
  escalated: 'handed to people',
};

/** In the order of the filter. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  cured: 'cured',
  no_effect: 'no effect',
  worse: 'worse',
  unknown: 'unknown',
};

/** "checkout 2 → 3", "roll_back of payment". */
export function orderWords({ order, target, rollbackOf }: Operation): string {
  const undo = rollbackOf === '' ? '' : 'undo: ';
  const name = label(target, 80);
  if (order.kind === 'remediate') return `${undo}${label(order.action, 80)} of ${name}`;
  if (order.desired === null) return `${undo}${name} to scale`;
  if (order.desired === order.expectedCurrent) return `${undo}${name} stays at ${count(order.desired)}`;
  const before = order.expectedCurrent === null ? '' : `${count(order.expectedCurrent)} `;
  return `${undo}${name} ${before}→ ${count(order.desired)}`;
}

/** Its verdict and what followed ("no effect, undone"), else where it is in its life. */
export function outcomeWords({ status, verification, mode, rollbackOf }: Operation): string {
  const mark = mode === 'execute' ? '' : mode === 'shadow' ? ' (shadow)' : ' (dry run)';
  const verdict = verification?.verdict ?? null;
  if (status === 'succeeded' && rollbackOf !== '') return 'done';
  if (verdict === null || verdict === 'cured') return `${STATUS_WORDS[status]}${mark}`;
  const after = {
    rolled_back: ', undone',
    rolling_back: ', being undone',
    escalated: ', handed to people',
  } as Partial<Record<OperationStatus, string>>;
  return `${VERDICT_WORDS[verdict]}${after[status] ?? ''}${mark}`;
}

/** Cured is well; what needs somebody is bad; what goes on is to be watched; what nobody knows is blind. */
export function toneOfOperation({ status, verification }: Operation): Tone {
  if (status === 'verified') return 'ok';
  if (status === 'unknown' || verification?.verdict === 'unknown') return 'blind';
  if (status === 'escalated' || status === 'failed' || status === 'rolled_back') return 'bad';
  if (status === 'awaiting_approval' || !FINAL_STATUS.has(status)) return 'watch';
  return verification?.verdict ? 'bad' : 'new';
}

/** Of a verification; null while it goes on. */
export function toneOfVerdict(verdict: Verdict | null): Tone {
  if (verdict === null) return 'watch';
  if (verdict === 'cured') return 'ok';
  return verdict === 'unknown' ? 'blind' : 'bad';
}

/** The guard that held it back; null when all let it through, or none was asked. */
export function heldBy(guards: readonly GuardDecision[]): GuardDecision | null {
  return guards.find(({ passed }) => !passed) ?? null;
}

/** The times that have come, in their order: "fired 14:05:10, proposed after 2 s, sent after 47 ms". */
export function timesWords(operation: Operation): string {
  const { began, proposedAt, approval, dispatchedAt, finishedAt, verification, since, status } = operation;
  const times: [string, number | null][] = [
    ['fired', began],
    ['proposed', proposedAt],
    [approval?.decision?.approved === false ? 'refused' : 'approved', approval?.decision?.at ?? null],
    ['sent', dispatchedAt],
    ['done', finishedAt],
    ['judged', verification?.at ?? null],
    ['ended', FINAL_STATUS.has(status) ? since : null],
  ];
  const come = times.flatMap(([name, at]) => (at === null ? [] : [{ name, at }]));
  return come
    .map(({ name, at }, i) =>
      i === 0 ? `${name} ${clock(at)}` : `${name} after ${duration(Math.max(0, at - come[i - 1]!.at))}`,
    )
    .join(', ');
}

/** Who has decided, or who has to by when; '' where nobody is asked. */
export function approvalWords({ approval, status }: Operation, now: number): string {
  if (approval === null) return '';
  const { decision, role, expiresAt } = approval;
  if (decision) {
    const comment = decision.comment === '' ? '' : `: ${label(decision.comment, 300)}`;
    return `${decision.approved ? 'Approved' : 'Refused'} by ${label(decision.by, 80)}${comment}`;
  }
  if (status !== 'awaiting_approval') return '';
  const left = duration(Math.max(0, Math.round((expiresAt - now) / 1000) * 1000));
  return `Waits for an ${role} until ${moment(expiresAt, now)}, ${left} left.`;
}
