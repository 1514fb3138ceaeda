/** What a rule looks like in a file. */
import { z } from 'zod';
import { signalForm } from './signal.ts';
import {
  amount,
  duration,
  fields,
  labelName,
  labelNames,
  name,
  oneOf,
  sentence,
  signalName,
} from './values.ts';

const comparison = {
  gt: amount.optional(),
  gte: amount.optional(),
  lt: amount.optional(),
  lte: amount.optional(),
  eq: amount.optional(),
  ne: amount.optional(),
};

type Amount = z.infer<typeof amount>;

export type ComparisonForm = { [Name in keyof typeof comparison]?: Amount | undefined };

export interface ConditionForm extends ComparisonForm {
  all?: ConditionForm[] | undefined;
  any?: ConditionForm[] | undefined;
  not?: ConditionForm | undefined;
  signal?: string | undefined;
  recover?: ComparisonForm | undefined;
  rule?: string | undefined;
  state?: 'pending' | 'firing' | 'inactive' | undefined;
  for?: string | undefined;
}

/** One branch of a condition: `all`, `any`, `not`, a signal with a comparison, a signal that is yes or no, a rule's state. */
export const conditionForm: z.ZodType<ConditionForm> = fields({
  get all() {
    return z.array(conditionForm, { error: 'must be a list of conditions' }).min(1).optional();
  },
  get any() {
    return z.array(conditionForm, { error: 'must be a list of conditions' }).min(1).optional();
  },
  get not() {
    return conditionForm.optional();
  },
  signal: signalName.optional(),
  ...comparison,
  recover: fields(comparison).optional(),
  rule: name.optional(),
  state: oneOf('pending', 'firing', 'inactive').optional(),
  for: duration.optional(),
});

const unknown = fields({
  state: oneOf('keep', 'ok', 'alert').optional(),
  for: duration.optional(),
  then: oneOf('keep', 'ok', 'alert').optional(),
});

const limits = {
  cooldown: duration.optional(),
  rate_limit: fields({ max: z.number().int().positive(), per: duration }).optional(),
  approval: fields({
    require_when: fields({ desired_gt: z.number().int() }).optional(),
    ttl: duration.optional(),
    role: oneOf('operator', 'admin').optional(),
  }).optional(),
  verify: fields({
    after: duration,
    within: duration,
    if: conditionForm,
    worse: conditionForm.optional(),
    on_fail: z.array(oneOf('rollback', 'escalate')).optional(),
  }).optional(),
  deadline: duration.optional(),
};

const target = z.string({ error: 'must be text' }).min(1).max(200);

const scale = fields({
  hook: name,
  target,
  desired: fields({
    step: z.number().int().optional(),
    to: z.number().int().min(0).optional(),
    factor: z.number().positive().optional(),
  }),
  bounds: fields({ min: z.number().int().min(0), max: z.number().int().min(0) }),
  ...limits,
});

const remediate = fields({
  hook: name,
  target,
  action: z.string({ error: 'must be text' }).min(1).max(200),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  ...limits,
});

const opening = fields({
  incident: fields({
    group_by: labelNames.optional(),
    attach: z.array(oneOf('screenshots', 'exemplar_traces', 'logs')).optional(),
  }).optional(),
  notify: name.optional(),
  scale: scale.optional(),
  remediate: remediate.optional(),
});

const closing = fields({
  notify: name.optional(),
  incident: fields({
    resolve: oneOf('auto', 'manual').optional(),
    after: duration.optional(),
    retrospective: oneOf('draft', 'none').optional(),
  }).optional(),
});

const labelValue = z.union([z.string().max(1_000), z.number(), z.boolean()], { error: 'must be a text' });

export const ruleForm = fields({
  name,
  previously: z.array(name).optional(),
  owner: sentence.optional(),
  mode: oneOf('active', 'shadow', 'disabled').optional(),
  every: duration.optional(),
  delay: duration.optional(),
  labels: z.record(labelName, labelValue, { error: 'must be a map of labels' }).optional(),
  summary: sentence.optional(),
  description: sentence.optional(),
  runbook: sentence.optional(),
  signals: z.record(signalName, signalForm, { error: 'must be a map of signals by name' }).optional(),
  if: conditionForm,
  keep_firing_for: duration.optional(),
  on_no_data: unknown.optional(),
  on_error: unknown.optional(),
  then: z.array(opening, { error: 'must be a list of actions' }).optional(),
  else: z.array(closing, { error: 'must be a list of actions' }).optional(),
});

export type RuleForm = z.infer<typeof ruleForm>;
export type UnknownForm = z.infer<typeof unknown>;
export type OpeningForm = z.infer<typeof opening>;
export type ClosingForm = z.infer<typeof closing>;
export type LimitsForm = Pick<
  z.infer<typeof scale>,
  'cooldown' | 'rate_limit' | 'approval' | 'verify' | 'deadline'
>;
