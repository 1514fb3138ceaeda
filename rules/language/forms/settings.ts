/** What stands beside rules in files: SLOs, receivers, routes, silences, mute times, inhibitions, heartbeats, hooks. */
import { z } from 'zod';
import { eventsForm } from './signal.ts';
import {
  duration,
  fields,
  labelNames,
  matching,
  name,
  oneOf,
  secret,
  secretUrl,
  sentence,
  url,
  where,
} from './values.ts';

const zone = z.string({ error: 'must be a time zone like Europe/Berlin' }).max(100);
const moment = z.iso.datetime({ offset: true, error: 'must be a time like 2026-01-15T09:00:00Z' });
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
const clockTime = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: 'must be a time of the day like 08:30' });
const privateHosts = z.array(z.string().min(1).max(255)).optional();

const CURRENCY_ERROR = 'must be a currency like EUR or USD';
const OBJECTIVE_ERROR = 'must be a share below 1 like 99.9% or 0.999';

const step = {
  environment: matching.optional(),
  service: matching.optional(),
  operation: matching.optional(),
  where: where.optional(),
};
const transaction = fields({
  ...step,
  sequence: z
    .array(fields(step))
    .min(2, { error: 'must have two steps or more' })
    .max(10, { error: 'may have 10 steps at most' })
    .optional(),
});

const slo = fields({
  name,
  summary: sentence.optional(),
  description: sentence.optional(),
  owner: sentence.optional(),
  objective: z.union(
    [
      z.string().regex(/^(?:\d{1,2}(?:\.\d{1,12})?%|0?\.\d{1,14})$/, { error: OBJECTIVE_ERROR }),
      z.number().gt(0, { error: OBJECTIVE_ERROR }).lt(1, { error: OBJECTIVE_ERROR }),
    ],
    { error: OBJECTIVE_ERROR },
  ),
  window: fields({
    rolling: duration.optional(),
    calendar: oneOf('month', 'quarter', 'week').optional(),
    zone: zone.optional(),
  }).optional(),
  maintenance: fields({
    mute_times: z.array(name).optional(),
    periods: z
      .array(fields({ from: moment, to: moment, comment: sentence.optional() }))
      .max(200)
      .optional(),
  }).optional(),
  value: fields({
    amount: z.number({ error: 'must be a number, like 45 or 12.5' }).positive({ error: 'must be above 0' }),
    currency: z.string({ error: CURRENCY_ERROR }).regex(/^[A-Z]{3}$/, { error: CURRENCY_ERROR }),
  }).optional(),
  transaction: transaction.optional(),
  good: fields({ without_error: z.boolean().optional(), faster_than: duration.optional() }).optional(),
  bad: eventsForm.optional(),
  total: eventsForm.optional(),
});

const escalate = fields({ after: duration, receiver: name }).optional();

const receiver = fields({
  name,
  url: secretUrl,
  payload: oneOf('alertmanager', 'incident.v1', 'slack').optional(),
  secrets: z
    .array(secret)
    .max(2, { error: 'may hold two: the new one and the old one while it is exchanged' })
    .optional(),
  headers: z.record(z.string().regex(/^[\w-]+$/), z.string().regex(/^[\t\x20-\x7e]*$/)).optional(),
  send_resolved: z.boolean().optional(),
  repeat: duration.optional(),
  timeout: duration.optional(),
  fallback: name.optional(),
  escalate,
  allow_private: privateHosts,
});

const route = fields({
  match: where.optional(),
  receiver: name.optional(),
  group_by: labelNames.optional(),
  group_wait: duration.optional(),
  group_interval: duration.optional(),
  mute_times: z.array(name).optional(),
  continue: z.boolean().optional(),
  escalate,
  get routes() {
    return z.array(route).optional();
  },
});

const silence = fields({
  id: name,
  match: where,
  from: moment,
  to: moment,
  by: sentence,
  comment: sentence.optional(),
});

const muteTime = fields({
  name,
  zone: zone.optional(),
  intervals: z
    .array(
      fields({
        weekdays: z
          .array(oneOf(...WEEKDAYS))
          .min(1)
          .optional(),
        from: clockTime.optional(),
        to: clockTime.optional(),
      }),
    )
    .min(1),
});

const inhibition = fields({ source: where, target: where, equal: labelNames.optional() });
const heartbeat = fields({ receiver: name, every: duration });
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const hook = fields({
  name,
  url: url.optional(),
  kubernetes: fields({
    server: url,
    namespace: z.string().regex(DNS_LABEL, { error: 'must be the name of a namespace' }),
    token: secret,
    ca: secret.optional(),
  }).optional(),
  secrets: z.array(secret).max(2).optional(),
  timeout: duration.optional(),
  allow_private: privateHosts,
});

/** All that may stand together in one file that is not a rule. */
export const settingsForm = fields({
  slos: z.array(slo).optional(),
  receivers: z.array(receiver).optional(),
  route: route.optional(),
  silences: z.array(silence).optional(),
  mute_times: z.array(muteTime).optional(),
  inhibit: z.array(inhibition).optional(),
  heartbeats: z.array(heartbeat).optional(),
  hooks: z.array(hook).optional(),
});

export type SettingsForm = z.infer<typeof settingsForm>;
export type EscalationForm = z.infer<typeof escalate>;
export type HookForm = z.infer<typeof hook>;
export type RouteForm = z.infer<typeof route>;
export type SloForm = z.infer<typeof slo>;
export type StepForm = Omit<NonNullable<SloForm['transaction']>, 'sequence'>;
export type MuteTimeForm = z.infer<typeof muteTime>;

/** 1 (Monday) to 7, as ISO 8601 counts. */
export function weekdayNumber(day: (typeof WEEKDAYS)[number]): number {
  return WEEKDAYS.indexOf(day) + 1;
}
