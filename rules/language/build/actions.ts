/** What a rule does when it begins and ceases to fire. */
import type { Action, Approval, ClosingAction, Verification } from '../../../model/rule.ts';
import type { ClosingForm, LimitsForm, OpeningForm } from '../forms/rule.ts';
import { ms } from '../forms/values.ts';
import { buildCondition, type ConditionContext } from './condition.ts';
import { refer } from './say.ts';

const MINUTE_MS = 60_000;

/** What has a scale subresource in apps/v1. */
const WORKLOAD = /^(?:deployments|statefulsets|replicasets)\/[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

type Path = (string | number)[];

/** A rule always opens an incident, also when its file does not say so. */
export function buildOpening(
  forms: readonly OpeningForm[],
  labels: readonly string[],
  context: ConditionContext,
): Action[] {
  const actions = forms.flatMap((form, i) => buildOne(form, ['then', i], labels, context) ?? []);
  const opens = actions.filter(({ kind }) => kind === 'incident').length;
  if (opens > 1) context.say(['then'], 'opens two incidents: one is enough');
  return opens > 0 ? actions : [{ kind: 'incident', groupBy: [], attach: [] }, ...actions];
}

/** Without an `else`, whoever was told of the beginning is told of the end. */
export function buildClosing(
  forms: readonly ClosingForm[] | undefined,
  opening: readonly Action[],
  { known, say }: ConditionContext,
): ClosingAction[] {
  const resolve: ClosingAction = { kind: 'incident', resolve: 'auto', after: 0, retrospective: 'draft' };
  if (forms === undefined) return [...opening.filter((action) => action.kind === 'notify'), resolve];
  const actions = forms.flatMap((form, i): ClosingAction[] => {
    if ((form.notify === undefined) === (form.incident === undefined)) {
      say(['else', i], 'an action after the end is either notify or incident');
      return [];
    }
    if (form.notify !== undefined) {
      refer(known, 'receiver', form.notify, ['else', i, 'notify'], say);
      return [{ kind: 'notify', receiver: form.notify }];
    }
    const { resolve: how = 'auto', after, retrospective = 'draft' } = form.incident!;
    return [{ kind: 'incident', resolve: how, after: ms(after, 0), retrospective }];
  });
  return actions.some(({ kind }) => kind === 'incident') ? actions : [...actions, resolve];
}

function buildOne(
  form: OpeningForm,
  path: Path,
  labels: readonly string[],
  context: ConditionContext,
): Action | undefined {
  const { known, say } = context;
  const kinds = (['incident', 'notify', 'scale', 'remediate'] as const).filter(
    (kind) => form[kind] !== undefined,
  );
  if (kinds.length !== 1) {
    say(path, 'an action is exactly one of incident, notify, scale, remediate');
    return undefined;
  }
  if (form.notify !== undefined) {
    refer(known, 'receiver', form.notify, [...path, 'notify'], say);
    return { kind: 'notify', receiver: form.notify };
  }
  if (form.incident !== undefined) {
    const groupBy = form.incident.group_by ?? [];
    groupBy.forEach((label, i) => {
      if (!labels.includes(label))
        say(
          [...path, 'incident', 'group_by', i],
          `no instance has a label "${label}"; there are ${labels.join(', ') || 'none'}`,
        );
    });
    return { kind: 'incident', groupBy, attach: form.incident.attach ?? [] };
  }
  return form.scale
    ? buildScale(form.scale, [...path, 'scale'], context)
    : buildRemedy(form.remediate!, path, context);
}

function buildScale(
  form: NonNullable<OpeningForm['scale']>,
  path: Path,
  context: ConditionContext,
): Action | undefined {
  const { step, to, factor } = form.desired;
  const desired =
    step !== undefined ? { step } : to !== undefined ? { to } : factor !== undefined ? { factor } : undefined;
  if (desired === undefined || Object.keys(form.desired).length !== 1) {
    context.say([...path, 'desired'], 'must have exactly one of step, to, factor');
    return undefined;
  }
  if (form.bounds.min > form.bounds.max) context.say([...path, 'bounds'], '"min" is greater than "max"');
  if (to !== undefined && (to < form.bounds.min || to > form.bounds.max))
    context.say([...path, 'desired', 'to'], 'is outside of the bounds');
  refer(context.known, 'hook', form.hook, [...path, 'hook'], context.say);
  if (context.known.clusters.has(form.hook) && !WORKLOAD.test(form.target))
    context.say([...path, 'target'], 'must be a workload of Kubernetes, like deployments/checkout');
  const { hook, target, bounds } = form;
  return { kind: 'scale', hook, target, desired, bounds, ...buildLimits(form, path, context) };
}

function buildRemedy(
  form: NonNullable<OpeningForm['remediate']>,
  path: Path,
  context: ConditionContext,
): Action {
  const at = [...path, 'remediate'];
  refer(context.known, 'hook', form.hook, [...at, 'hook'], context.say);
  if (context.known.clusters.has(form.hook))
    context.say([...at, 'hook'], 'is a Kubernetes API server, which only scales');
  if (form.approval?.require_when)
    context.say([...at, 'approval', 'require_when'], 'belongs to scale: a remedy has no desired number');
  if (form.verify?.on_fail?.includes('rollback'))
    context.say([...at, 'verify', 'on_fail'], 'a remedy cannot be rolled back: only escalate');
  const parameters = Object.fromEntries(
    Object.entries(form.parameters ?? {}).map(([key, value]) => [key, String(value)]),
  );
  const { hook, target, action } = form;
  return { kind: 'remediate', hook, target, action, parameters, ...buildLimits(form, at, context) };
}

function buildLimits(form: LimitsForm, path: Path, context: ConditionContext) {
  const { rate_limit: rate, approval, verify } = form;
  return {
    cooldown: ms(form.cooldown, 10 * MINUTE_MS),
    rateLimit: rate ? { max: rate.max, per: ms(rate.per, 0) } : null,
    approval: approval ? buildApproval(approval) : null,
    verify: verify ? buildVerification(verify, [...path, 'verify'], context) : null,
    deadline: ms(form.deadline, 10 * MINUTE_MS),
  };
}

function buildApproval({ require_when, ttl, role }: NonNullable<LimitsForm['approval']>): Approval {
  return {
    desiredGt: require_when?.desired_gt ?? null,
    ttl: ms(ttl, 30 * MINUTE_MS),
    role: role ?? 'operator',
  };
}

function buildVerification(
  form: NonNullable<LimitsForm['verify']>,
  path: Path,
  context: ConditionContext,
): Verification | null {
  const holds = buildCondition(form.if, [...path, 'if'], context);
  const worse = form.worse && buildCondition(form.worse, [...path, 'worse'], context);
  if (holds === undefined) return null;
  return {
    after: ms(form.after, 0),
    within: ms(form.within, 0),
    if: holds,
    worse: worse ?? null,
    onFail: form.on_fail ?? ['escalate'],
  };
}
