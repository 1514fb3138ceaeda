/** Whether an operation helped, asked of the same signals that called for it: pure. */
import type { InstanceState, VerificationCheck } from '../../model/evaluation.ts';
import type { Operation } from '../../model/operation.ts';
import type { Condition, Rule, Verification } from '../../model/rule.ts';
import type { Reading } from '../../model/signal.ts';
import { type RuleStates, readTree } from '../evaluate/condition.ts';
import { type Instance, joinInstances } from '../evaluate/instances.ts';

/**
 * Reads the conditions of operations that are being verified, each for the instance it was made for. An instance that
 * is gone has no data, which is unknown and never a success.
 * @param operations of this rule, status `verifying` @param states its instances at `t`
 */
export function checkAll(
  rule: Rule,
  operations: readonly Operation[],
  states: readonly InstanceState[],
  readings: ReadonlyMap<string, Reading>,
  ruleStates: RuleStates,
  t: number,
): VerificationCheck[] {
  const instances = new Map(joinInstances(rule, states, readings).map((one) => [one.fingerprint, one]));
  return operations.flatMap((operation) => {
    const action = rule.then[operation.action];
    const verify = action?.kind === 'scale' || action?.kind === 'remediate' ? action.verify : null;
    if (!verify) return [];
    const instance = instances.get(operation.fingerprint) ?? gone(operation);
    return [check(operation, verify, instance, ruleStates, t)];
  });
}

function check(
  { id, verification }: Operation,
  verify: Verification,
  { labels, read }: Instance,
  ruleStates: RuleStates,
  t: number,
): VerificationCheck {
  const last = verification?.samples.at(-1);
  const previous = last && verification ? { t: last.t, branches: verification.branches } : undefined;
  const around = { labels, previous, read, ruleStates, t, lost: 0 };
  const good = readTree(verify.if, around);
  const bad = verify.worse === null ? null : readTree(verify.worse, around);
  const values: Record<string, number | null> = {};
  for (const signal of new Set([...signalsOf(verify.if), ...(verify.worse ? signalsOf(verify.worse) : [])])) {
    const reading = read(signal);
    values[signal] = reading.ok ? (reading.sample?.value ?? null) : null;
  }
  const branches = [...good.branches, ...(bad?.branches ?? [])];
  return { operation: id, t, truth: good.truth, worse: bad?.truth ?? null, values, branches };
}

function signalsOf(condition: Condition): string[] {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of.flatMap(signalsOf);
    case 'not':
      return signalsOf(condition.of);
    case 'rule':
      return [];
    default:
      return [condition.signal];
  }
}

function gone({ fingerprint, labels }: Operation): Instance {
  return {
    fingerprint,
    labels,
    previous: undefined,
    vanished: true,
    read: () => ({ ok: true, sample: undefined }),
  };
}
