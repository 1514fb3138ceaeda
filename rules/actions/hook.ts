/** The port to whatever scales and repairs, and its adapter for the HTTP contract (docs/hooks.md). */
import { messageOf } from '../../base/errors.ts';
import type { OutgoingAnswer, SendOutgoing } from '../../base/outgoing.ts';
import type { Operation } from '../../model/operation.ts';
import { answerOf, busy, numberIn, parse, textIn, within } from './answer.ts';
import type { HookAnswer } from './life.ts';

/** How many there are of a target, and how many the hook itself allows. */
export interface Observation {
  observed: number;
  min: number | null;
  max: number | null;
}

/** One hook. Nothing here throws: what goes wrong is an answer. */
export interface Hook {
  /** Null when it cannot say, with the reason in words. */
  observe(target: string): Promise<{ observation: Observation | null; reason: string }>;
  /** Asks for the operation; the same id twice is carried out once. */
  request(operation: Operation, evidence: readonly Evidence[]): Promise<HookAnswer>;
  /** Asks what became of it. */
  ask(operation: Operation): Promise<HookAnswer>;
}

/** Why it is asked for: what the signals said. */
export interface Evidence {
  signal: string;
  value: number | null;
  labels: Readonly<Record<string, string>>;
}

export interface HttpHookOptions {
  url: string;
  timeout: number;
  allowPrivate: readonly string[];
  send: SendOutgoing;
  /** Standard Webhooks headers for a body; none without a secret. */
  sign: (id: string, body: string) => Readonly<Record<string, string>>;
}

const POLL_MS = { least: 250, usual: 1_000, most: 60_000 };

/**
 * POST for an operation, GET for its state and for the target, as the contract says. A hook may lie: what it observes
 * is only believed as a number, and whether it helped is decided by the signals.
 */
export function httpHook({ url, timeout, allowPrivate, send, sign }: HttpHookOptions): Hook {
  const call = (request: Pick<Parameters<SendOutgoing>[0], 'url' | 'method' | 'headers' | 'body'>) =>
    send({ ...request, timeout, allowPrivate });
  return {
    observe: async (target) => {
      try {
        const answer = await call({ url: `${url}?${new URLSearchParams({ target })}`, method: 'GET' });
        const observation = answer.status === 200 ? observationIn(parse(answer.body)) : null;
        const reason = observation === null ? `it answered ${answer.status} without a number` : '';
        return { observation, reason };
      } catch (thrown) {
        return { observation: null, reason: messageOf(thrown) };
      }
    },
    request: async (operation, evidence) => {
      const body = JSON.stringify(envelope(operation, evidence));
      const headers = () => ({
        'content-type': 'application/json',
        'idempotency-key': operation.id,
        ...sign(operation.id, body),
      });
      return answerOf(() => call({ url, method: 'POST', headers: headers(), body }), meaningOfRequest);
    },
    ask: (operation) =>
      answerOf(
        () => call({ url: `${url}/operations/${encodeURIComponent(operation.id)}`, method: 'GET' }),
        meaningOfState,
      ),
  };
}

/** The body of the contract, version 1. */
export function envelope(operation: Operation, evidence: readonly Evidence[]): object {
  const { id, mode, target, order, notAfter, deadline, rule, incident } = operation;
  const common = {
    operation_id: id,
    mode: mode === 'dry_run' ? 'dry_run' : 'execute',
    target,
    not_after: new Date(notAfter).toISOString(),
    deadline_s: Math.max(
      1,
      Math.round((deadline - (operation.dispatchedAt ?? operation.proposedAt)) / 1_000),
    ),
    reason: { rule, incident: incident === null ? null : `#${incident}`, evidence },
  };
  if (order.kind === 'remediate')
    return {
      type: 'remediation.requested',
      data: { ...common, action: order.action, parameters: order.parameters },
    };
  return {
    type: 'scaling.requested',
    data: {
      ...common,
      expected_current: order.expectedCurrent,
      desired: order.desired,
      bounds: order.bounds,
    },
  };
}

function meaningOfRequest(answer: OutgoingAnswer): HookAnswer {
  const { status } = answer;
  const body = parse(answer.body);
  if (status === 200) return ended(body);
  if (status === 202) return { kind: 'accepted', pollAfter: pollAfter(body) };
  if (status === 409) {
    const observed = numberIn(body, 'observed');
    if (observed !== null) return { kind: 'conflict', observed };
  }
  if (status === 429 || status === 503) return busy(answer);
  if (status >= 400 && status < 500 && status !== 408)
    return { kind: 'refused', reason: `HTTP ${status} ${textIn(body, 'message')}`.trim() };
  // A redirect is not followed, and another 5xx may come from anything between here and the hook.
  return { kind: 'no_answer', reason: `HTTP ${status}` };
}

function meaningOfState(answer: OutgoingAnswer): HookAnswer {
  const body = parse(answer.body);
  if (answer.status === 404) return { kind: 'never_received' };
  if (answer.status === 202) return { kind: 'accepted', pollAfter: pollAfter(body) };
  if (answer.status === 429 || answer.status === 503)
    return { kind: 'no_answer', reason: `HTTP ${answer.status}` };
  if (answer.status === 200) return ended(body);
  return { kind: 'no_answer', reason: `HTTP ${answer.status}` };
}

/** `status` of a 200: succeeded, noop, accepted (a state that goes on) or failed. */
function ended(body: unknown): HookAnswer {
  const status = textIn(body, 'status');
  if (status === 'succeeded' || status === 'noop')
    return { kind: 'succeeded', observed: numberIn(body, 'observed') };
  if (status === 'accepted' || status === 'running') return { kind: 'accepted', pollAfter: pollAfter(body) };
  if (status === 'failed') return { kind: 'failed', reason: textIn(body, 'message') || 'without a reason' };
  return { kind: 'no_answer', reason: 'its answer does not say whether it succeeded' };
}

function pollAfter(body: unknown): number {
  return within((numberIn(body, 'poll_after_s') ?? Number.NaN) * 1_000, POLL_MS);
}

function observationIn(body: unknown): Observation | null {
  const observed = numberIn(body, 'observed');
  if (observed === null || !Number.isInteger(observed) || observed < 0) return null;
  return { observed, min: numberIn(body, 'min'), max: numberIn(body, 'max') };
}
