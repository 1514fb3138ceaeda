import type { Operation, VerificationState } from '../../model/operation.ts';

export const BEGAN = Date.UTC(2026, 0, 15, 9);

/** A verification of ten minutes that has seen nothing yet. */
export const VERIFYING: VerificationState = {
  from: BEGAN,
  until: BEGAN + 600_000,
  samples: [],
  branches: [],
  verdict: null,
  at: null,
};

/** One that scales checkout from 2 to 3, proposed and no more. */
export const operation = (more: Partial<Operation> = {}): Operation => ({
  id: 'slow.aa.e1.2.1',
  rule: 'slow',
  fingerprint: 'aa',
  labels: { service: 'checkout' },
  episode: 1,
  began: BEGAN,
  action: 2,
  count: 1,
  incident: 7,
  hook: 'workers',
  target: 'checkout',
  order: { kind: 'scale', expectedCurrent: 2, desired: 3, bounds: { min: 2, max: 12 } },
  mode: 'execute',
  status: 'proposed',
  since: BEGAN,
  reason: 'The rule fires.',
  proposedAt: BEGAN,
  notAfter: BEGAN + 300_000,
  deadline: BEGAN + 900_000,
  guards: [],
  approval: null,
  dispatchedAt: null,
  finishedAt: null,
  due: null,
  attempts: 0,
  replans: 0,
  observed: null,
  verify: null,
  verification: null,
  rolledBackBy: '',
  rollbackOf: '',
  revision: 1,
  ...more,
});
