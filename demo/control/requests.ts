/** What may be asked of the hook: the envelopes of the scaling hook contract (docs/demo.md). */
import { z } from 'zod';

const common = {
  operation_id: z.string().min(1).max(300),
  mode: z.enum(['execute', 'dry_run']).default('execute'),
  target: z.string().min(1).max(100),
  /** After this moment the hook must not begin. */
  not_after: z.iso.datetime({ offset: true }).optional(),
};

const scaling = z.object({
  type: z.literal('scaling.requested'),
  data: z.object({
    ...common,
    expected_current: z.int().optional(),
    desired: z.int(),
    bounds: z.object({ min: z.int(), max: z.int() }).optional(),
  }),
});

const remediation = z.object({
  type: z.literal('remediation.requested'),
  data: z.object({ ...common, action: z.string().min(1).max(100) }),
});

export const hookRequest = z.discriminatedUnion('type', [scaling, remediation]);
export type HookRequest = z.infer<typeof hookRequest>;
export type ScalingRequest = z.infer<typeof scaling>;
export type RemediationRequest = z.infer<typeof remediation>;

/** The part of an `incident.v1` notice that the demo tells (docs/incidents.md). */
export const webhookNotice = z.object({
  type: z.string().max(100),
  data: z.object({ number: z.int() }),
});
