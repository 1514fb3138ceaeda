/** Scales workloads by the scale subresource of a Kubernetes API server (autoscaling/v1 Scale). */
import { messageOf } from '../../base/errors.ts';
import type { OutgoingAnswer, SendOutgoing } from '../../base/outgoing.ts';
import type { Operation } from '../../model/operation.ts';
import { answerOf, busy, isRecord, numberIn, parse, textIn, withoutAnswer } from './answer.ts';
import type { Hook } from './hook.ts';
import type { HookAnswer } from './life.ts';

export interface KubernetesHookOptions {
  /** Scheme, host and port of the API server. */
  server: string;
  namespace: string;
  timeout: number;
  allowPrivate: readonly string[];
  send: SendOutgoing;
  /** Bearer token, read anew for each call: those of pods are exchanged every hour. @throws Problem `secret_missing` */
  token: () => string;
  /** PEM; undefined for the system's authorities. @throws Problem `secret_missing` */
  ca: () => string | undefined;
}

/** What matters of a Scale. */
interface Scale {
  resourceVersion: string;
  /** `spec.replicas`: what was asked for. */
  wanted: number;
  /** `status.replicas`: pods that there are. */
  running: number;
}

interface Wanted {
  expected: number | null;
  desired: number;
}

const POLL_MS = 1_000;
const AGAIN_MS = 5_000;

/**
 * Reads the number, and writes the wanted one with the version that was read: the API server refuses (409) what rests on
 * an old version, so of all requests of one plan only one can count. It is done when `status.replicas` has come to it.
 */
export function kubernetesHook(options: KubernetesHookOptions): Hook {
  return {
    observe: async (target) => {
      try {
        const answer = await call(options, target);
        const scale = scaleIn(answer);
        if (scale === null) return { observation: null, reason: refusalOf(answer) };
        return { observation: { observed: scale.wanted, min: null, max: null }, reason: '' };
      } catch (thrown) {
        return { observation: null, reason: messageOf(thrown) };
      }
    },
    request: (operation) => request(options, operation),
    ask: (operation) =>
      answerOf(
        () => call(options, operation.target),
        (answer) => meaningOfState(answer, operation),
      ),
  };
}

async function request(options: KubernetesHookOptions, operation: Operation): Promise<HookAnswer> {
  const order = orderOf(operation);
  if (order === null) return { kind: 'refused', reason: 'a Kubernetes hook only scales' };
  const read = await readBefore(options, operation.target);
  if ('kind' in read) return read;
  // An earlier request of this operation has arrived after all, or somebody did the same.
  if (read.wanted === order.desired) return progress(read, order);
  if (read.wanted !== order.expected) return { kind: 'conflict', observed: read.wanted };
  const written = await answerOf(
    () => call(options, operation.target, bodyOf(operation, options.namespace, read, order), operation.mode),
    (answer) => meaningOfWrite(answer, operation.mode, order),
  );
  return written.kind === 'conflict' ? conflictNow(options, operation.target, order) : written;
}

/** Nothing has been written by then: whatever goes wrong, it has certainly not begun. */
async function readBefore(options: KubernetesHookOptions, target: string): Promise<Scale | HookAnswer> {
  try {
    const answer = await call(options, target);
    return scaleIn(answer) ?? notNow(answer);
  } catch (thrown) {
    const { kind, reason } = withoutAnswer(thrown);
    return kind === 'refused' ? { kind, reason } : { kind: 'busy', after: AGAIN_MS, reason };
  }
}

/** Somebody was faster: what there is by now. */
async function conflictNow(
  options: KubernetesHookOptions,
  target: string,
  order: Wanted,
): Promise<HookAnswer> {
  const read = await readBefore(options, target);
  if ('kind' in read) return read;
  if (read.wanted === order.desired) return progress(read, order);
  // Something else of it changed, and the number is as it was: the same is written again, on the new version.
  if (read.wanted === order.expected) return { kind: 'busy', after: POLL_MS, reason: 'it changed meanwhile' };
  return { kind: 'conflict', observed: read.wanted };
}

function meaningOfWrite(answer: OutgoingAnswer, mode: Operation['mode'], order: Wanted): HookAnswer {
  const scale = scaleIn(answer);
  if (scale !== null)
    return mode === 'dry_run' ? { kind: 'succeeded', observed: order.expected } : progress(scale, order);
  if (answer.status === 409) return { kind: 'conflict', observed: order.expected ?? 0 };
  const isRefused = answer.status >= 400 && answer.status < 500 && answer.status !== 408;
  // Another 5xx may come from anything between here and the API server, after it was written.
  return isRefused ? notNow(answer) : { kind: 'no_answer', reason: refusalOf(answer) };
}

/** Of a request whose answer was never heard, or whose pods have not come yet. */
function meaningOfState(answer: OutgoingAnswer, operation: Operation): HookAnswer {
  const order = orderOf(operation);
  const scale = scaleIn(answer);
  if (answer.status === 404) return { kind: 'failed', reason: refusalOf(answer) };
  if (scale === null || order === null) return { kind: 'no_answer', reason: refusalOf(answer) };
  if (scale.wanted === order.desired) return progress(scale, order);
  if (scale.wanted === order.expected && operation.status === 'unknown') return { kind: 'never_received' };
  return {
    kind: 'failed',
    reason: `it is set to ${scale.wanted} now, not to ${order.desired}: somebody else has changed it`,
  };
}

const progress = ({ running }: Scale, { desired }: Wanted): HookAnswer =>
  running === desired ? { kind: 'succeeded', observed: running } : { kind: 'accepted', pollAfter: POLL_MS };

/** Not begun: asked again later when the API server is busy, else refused. */
function notNow(answer: OutgoingAnswer): HookAnswer {
  if (answer.status === 429) return busy(answer);
  if (answer.status >= 500) return { kind: 'busy', after: AGAIN_MS, reason: refusalOf(answer) };
  return { kind: 'refused', reason: refusalOf(answer) };
}

/** The `message` of its Status, and what is missing where that is known. */
function refusalOf({ status, body }: OutgoingAnswer): string {
  const needed = status === 403 ? ' (the account needs get and update on the scale of it)' : '';
  return `HTTP ${status} ${textIn(parse(body), 'message')}`.trim() + needed;
}

function orderOf({ order }: Operation): Wanted | null {
  if (order.kind !== 'scale' || order.desired === null) return null;
  return { expected: order.expectedCurrent, desired: order.desired };
}

/** GET, or PUT with a body. @throws Problem as `SendOutgoing`, and of the secrets */
function call(
  { server, namespace, timeout, allowPrivate, send, token, ca }: KubernetesHookOptions,
  target: string,
  body?: string,
  mode: Operation['mode'] = 'execute',
): Promise<OutgoingAnswer> {
  const [kind = '', name = ''] = target.split('/');
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${encodeURIComponent(kind)}/${encodeURIComponent(name)}/scale`;
  return Promise.resolve().then(() => {
    const authority = ca();
    return send({
      url: `${server.replace(/\/+$/, '')}${path}${body !== undefined && mode === 'dry_run' ? '?dryRun=All' : ''}`,
      method: body === undefined ? 'GET' : 'PUT',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        authorization: `Bearer ${token()}`,
      },
      ...(body === undefined ? {} : { body }),
      ...(authority === undefined ? {} : { ca: authority }),
      ...{ timeout, allowPrivate },
    });
  });
}

function bodyOf({ target }: Operation, namespace: string, read: Scale, { desired }: Wanted): string {
  return JSON.stringify({
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: target.split('/')[1], namespace, resourceVersion: read.resourceVersion },
    spec: { replicas: desired },
  });
}

/** Null for whatever is no Scale. `spec.replicas` of 0 is left out by some servers. */
function scaleIn({ status, body }: OutgoingAnswer): Scale | null {
  const found = status === 200 || status === 201 ? parse(body) : null;
  if (!isRecord(found) || found.kind !== 'Scale') return null;
  const resourceVersion = textIn(found.metadata, 'resourceVersion');
  const wanted = numberIn(found.spec, 'replicas') ?? 0;
  const running = numberIn(found.status, 'replicas') ?? 0;
  const isCount = (value: number) => Number.isInteger(value) && value >= 0;
  return resourceVersion !== '' && isCount(wanted) && isCount(running)
    ? { resourceVersion, wanted, running }
    : null;
}
