import type { Clock } from '../../base/clock.ts';
import { WORKERS } from '../supervise/group.ts';
import { type Operation, Operations } from './operations.ts';
import type { HookRequest, RemediationRequest, ScalingRequest } from './requests.ts';

/** What the hook can do. */
export interface Controls {
  workers(): number;
  scaleTo(workers: number): Promise<void>;
  paymentIsGood(): boolean;
  rollBackPayment(): Promise<void>;
}

/** Status of the HTTP answer and its body. */
export interface HookAnswer {
  status: 200 | 202 | 400 | 409 | 422 | 429;
  body: object;
  retryAfterS?: number;
}

const POLL_AFTER_S = 1;
const SCALED = 'checkout';
const REMEDIED = 'payment';

/** The receiving side of the scaling hook contract, for the checkout's workers and payment's release. */
export class Hook {
  readonly #controls: Controls;
  readonly #clock: Clock;
  readonly #operations = new Operations();

  constructor(controls: Controls, clock: Clock) {
    this.#controls = controls;
    this.#clock = clock;
  }

  observe(target: string): { observed: number; min: number; max: number } | undefined {
    return target === SCALED ? { observed: this.#controls.workers(), ...WORKERS } : undefined;
  }

  operation(id: string): Operation | undefined {
    return this.#operations.find(id)?.operation;
  }

  /** @param key the header `Idempotency-Key` */
  request(request: HookRequest, key: string | undefined): HookAnswer {
    const { operation_id, not_after } = request.data;
    if (key !== operation_id)
      return refused(400, 'idempotency_key', 'The header Idempotency-Key must be the operation_id.');
    const known = this.#operations.find(operation_id, contentOf(request));
    if (known && !known.isRepeat)
      return refused(422, 'id_used_before', 'This operation_id was used for another request.');
    if (known) return answerOf(known.operation);
    if (not_after !== undefined && Date.parse(not_after) < this.#clock.now())
      return refused(422, 'too_late', `It must not begin after ${not_after}.`);
    return request.type === 'scaling.requested' ? this.#scale(request) : this.#remedy(request);
  }

  #scale(request: ScalingRequest): HookAnswer {
    const { target, desired, expected_current, bounds, mode, operation_id } = request.data;
    const found = this.observe(target);
    if (!found) return refused(422, 'unknown_target', `Only "${SCALED}" can be scaled.`);
    const min = Math.max(found.min, bounds?.min ?? found.min);
    const max = Math.min(found.max, bounds?.max ?? found.max);
    if (desired < min || desired > max)
      return refused(422, 'out_of_bounds', `From ${min} to ${max} workers are possible.`, { min, max });
    if (this.#operations.isBusy(target)) return BUSY;
    const { observed } = found;
    if (expected_current !== undefined && expected_current !== observed)
      return refused(409, 'conflict', `There are ${observed} workers, not ${expected_current}.`, {
        observed,
      });
    const detail = `${observed} → ${desired} workers`;
    return this.#carryOut(request, { operation_id, target, detail, isDone: observed === desired }, mode, () =>
      this.#controls.scaleTo(desired),
    );
  }

  #remedy(request: RemediationRequest): HookAnswer {
    const { target, action, mode, operation_id } = request.data;
    if (target !== REMEDIED || action !== 'roll_back')
      return refused(422, 'unknown_action', `Only "roll_back" of "${REMEDIED}" can be done.`);
    if (this.#operations.isBusy(target)) return BUSY;
    const isDone = this.#controls.paymentIsGood();
    return this.#carryOut(request, { operation_id, target, detail: 'roll back payment', isDone }, mode, () =>
      this.#controls.rollBackPayment(),
    );
  }

  #carryOut(
    request: HookRequest,
    { isDone, ...what }: Omit<Operation, 'status'> & { isDone: boolean },
    mode: 'execute' | 'dry_run',
    work: () => Promise<void>,
  ): HookAnswer {
    // Nothing was done, so the same id may be used in earnest.
    if (mode === 'dry_run') return answerOf({ ...what, status: 'noop' });
    const content = contentOf(request);
    if (isDone) return answerOf(this.#operations.remember({ ...what, status: 'noop' }, content));
    return answerOf(this.#operations.begin({ ...what, status: 'accepted' }, content, work));
  }
}

const BUSY: HookAnswer = {
  ...refused(429, 'busy', 'Another operation on this target is under way.'),
  retryAfterS: 2,
};

function answerOf(operation: Operation): HookAnswer {
  return operation.status === 'accepted'
    ? { status: 202, body: { ...operation, poll_after_s: POLL_AFTER_S } }
    : { status: 200, body: { ...operation } };
}

function refused(status: HookAnswer['status'], code: string, message: string, more: object = {}): HookAnswer {
  return { status, body: { error: { code, message }, ...more } };
}

/** What makes two requests the same: not the time they were sent at. */
function contentOf({ type, data }: HookRequest): string {
  return JSON.stringify([type, data.mode, data.target, 'desired' in data ? data.desired : data.action]);
}
