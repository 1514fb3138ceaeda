/** The scale subresource over real sockets: one write counts, and nothing is believed that was not answered. */
import { describe, expect, test } from 'vitest';
import { Problem } from '../../../base/errors.ts';
import { createOutgoing } from '../../../base/outgoing.ts';
import type { Operation } from '../../../model/operation.ts';
import { type KubernetesHookOptions, kubernetesHook } from '../../../rules/actions/kubernetes.ts';
import { VALID } from '../../synthetics/checks/certificates.ts';
import { type ApiServer, apiServer } from './api-server.ts';

const PATH = '/apis/apps/v1/namespaces/shop/deployments/checkout/scale';
const TARGET = 'deployments/checkout';
const operation = {
  ...{ id: 'slow.aa.e1.2.1', target: TARGET, mode: 'execute', status: 'dispatched' },
  order: { kind: 'scale', expectedCurrent: 2, desired: 3, bounds: { min: 2, max: 12 } },
} as Operation;
const unknown: Operation = { ...operation, status: 'unknown' };

const hookOf = (server: ApiServer, options: Partial<KubernetesHookOptions> = {}) =>
  kubernetesHook({
    ...{ server: server.url, namespace: 'shop', timeout: 5_000, allowPrivate: ['127.0.0.1'] },
    ...{ send: createOutgoing(), token: () => 'a-token', ca: () => undefined },
    ...options,
  });

test('the number is read, written on the version that was read, and done when the pods are there', async () => {
  const server = await apiServer();
  const hook = hookOf(server);
  expect(await hook.observe(TARGET)).toEqual({
    observation: { observed: 2, min: null, max: null },
    reason: '',
  });
  expect(await hook.request(operation, [])).toEqual({ kind: 'accepted', pollAfter: 1_000 });
  expect(server.calls).toEqual([`GET ${PATH}`, `GET ${PATH}`, `PUT ${PATH}`]);
  expect(server.bodies).toEqual([
    {
      ...{ apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 3 } },
      metadata: { name: 'checkout', namespace: 'shop', resourceVersion: '81734' },
    },
  ]);
  expect(new Set(server.authorization)).toEqual(new Set(['Bearer a-token']));
  expect((await hook.ask(operation)).kind, 'no third pod yet').toBe('accepted');
  server.scale.running = 3;
  expect(await hook.ask(operation)).toEqual({ kind: 'succeeded', observed: 3 });
});

test('asked twice it writes once', async () => {
  const server = await apiServer();
  const hook = hookOf(server);
  await hook.request(operation, []);
  expect((await hook.request(operation, [])).kind).toBe('accepted');
  expect(server.bodies).toHaveLength(1);
});

test('a dry run changes nothing', async () => {
  const server = await apiServer();
  const answer = await hookOf(server).request({ ...operation, mode: 'dry_run' }, []);
  expect(answer).toEqual({ kind: 'succeeded', observed: 2 });
  expect([server.calls.at(-1), server.scale.replicas]).toEqual([`PUT ${PATH}?dryRun=All`, 2]);
});

test('none is a number, and down to it is possible', async () => {
  const server = await apiServer();
  server.scale = { ...server.scale, replicas: 0, running: 0 };
  expect((await hookOf(server).observe(TARGET)).observation?.observed).toBe(0);
});

describe('somebody else', () => {
  test('changed the number before: it is planned anew from what there is', async () => {
    const server = await apiServer();
    server.scale = { ...server.scale, replicas: 5 };
    expect(await hookOf(server).request(operation, [])).toEqual({ kind: 'conflict', observed: 5 });
    expect(server.bodies).toEqual([]);
  });

  test('changed something else between read and write (409): the same is tried again', async () => {
    const server = await apiServer();
    const hook = hookOf(server);
    server.next.push({ method: 'PUT', does: 'raced' });
    expect(await hook.request(operation, [])).toMatchObject({ kind: 'busy', after: 1_000 });
    expect(server.scale.replicas).toBe(2);
    expect((await hook.request(operation, [])).kind).toBe('accepted');
    expect(server.scale.replicas).toBe(3);
  });

  test('changed it afterwards: it has failed, and is not done again', async () => {
    const server = await apiServer();
    server.scale = { ...server.scale, replicas: 7 };
    expect(await hookOf(server).ask(unknown)).toEqual({
      kind: 'failed',
      reason: 'it is set to 7 now, not to 3: somebody else has changed it',
    });
    server.scale = { ...server.scale, replicas: 2 };
    expect((await hookOf(server).ask({ ...operation, status: 'accepted' })).kind).toBe('failed');
  });
});

describe('without an answer', () => {
  test('of the write, nobody knows; asking tells, and nothing is done twice', async () => {
    const server = await apiServer();
    const hook = hookOf(server);
    server.next.push({ method: 'PUT', does: 'lost' });
    expect((await hook.request(operation, [])).kind).toBe('no_answer');
    expect((await hook.ask(unknown)).kind).toBe('accepted');
    expect(server.bodies).toHaveLength(1);
  });

  test('of a write that never came, it may be sent again', async () => {
    const server = await apiServer();
    const hook = hookOf(server, { timeout: 300 });
    server.next.push({ method: 'PUT', does: 'hang' });
    expect((await hook.request(operation, [])).kind).toBe('no_answer');
    expect(await hook.ask(unknown)).toEqual({ kind: 'never_received' });
  });

  test('of the read before it, it has certainly not begun', async () => {
    const server = await apiServer();
    const hook = hookOf(server, { timeout: 300 });
    server.next.push({ method: 'GET', does: 'hang' });
    expect(await hook.request(operation, [])).toMatchObject({ kind: 'busy' });
    expect(server.bodies).toEqual([]);
    server.next.push({ method: 'GET', does: 'hang' });
    expect((await hook.ask(unknown)).kind).toBe('no_answer');
    server.next.push({ method: 'GET', does: 'hang' });
    expect((await hook.observe(TARGET)).observation).toBeNull();
  });

  test('that makes sense, it counts as none', async () => {
    const server = await apiServer();
    server.next.push({ method: 'GET', does: 'nonsense' });
    expect((await hookOf(server).observe(TARGET)).observation).toBeNull();
  });
});

const status = (code: number, reason: string, message: string) => ({ status: code, reason, message });
const FORBIDDEN = status(
  403,
  'Forbidden',
  'deployments.apps "checkout" is forbidden: User "system:serviceaccount:shop:loopwatch" cannot update resource "deployments/scale" in API group "apps" in the namespace "shop"',
);

test.each([
  [FORBIDDEN, { kind: 'refused' }, 'needs get and update on the scale'],
  [status(401, 'Unauthorized', 'Unauthorized'), { kind: 'refused' }, 'HTTP 401 Unauthorized'],
  [status(422, 'Invalid', 'spec.replicas: Invalid value: -1'), { kind: 'refused' }, 'Invalid value'],
  [status(429, 'TooManyRequests', 'slow down'), { kind: 'busy' }, 'HTTP 429'],
  [status(500, 'InternalError', 'etcdserver: request timed out'), { kind: 'no_answer' }, 'etcdserver'],
])('a write that is answered %j', async (does, expected, reason) => {
  const server = await apiServer();
  server.next.push({ method: 'PUT', does });
  const answer = await hookOf(server).request(operation, []);
  expect(answer).toMatchObject(expected);
  expect(JSON.stringify(answer)).toContain(reason);
  expect(server.scale.replicas).toBe(2);
});

test('a workload that is not there is refused, and one that is gone has failed', async () => {
  const server = await apiServer();
  const gone = { ...operation, target: 'deployments/nothing' };
  expect(await hookOf(server).request(gone, [])).toMatchObject({ kind: 'refused' });
  expect(await hookOf(server).ask({ ...gone, status: 'unknown' })).toMatchObject({
    kind: 'failed',
    reason: 'HTTP 404 deployments.apps "nothing" not found',
  });
});

test('the authority of its certificate is a file; without it nothing is said to it', async () => {
  const server = await apiServer({ tls: true });
  expect((await hookOf(server, { ca: () => VALID }).observe(TARGET)).observation?.observed).toBe(2);
  expect((await hookOf(server).observe(TARGET)).observation).toBeNull();
  expect(server.calls).toHaveLength(1);
});

test('a token that is missing, an address inside and a remedy send nothing', async () => {
  const server = await apiServer();
  const missing = () => {
    throw new Problem('secret_missing', 'The secret env:TOKEN is not set, or empty');
  };
  expect(await hookOf(server, { token: missing }).request(operation, [])).toMatchObject({ kind: 'refused' });
  expect(await hookOf(server, { allowPrivate: [] }).request(operation, [])).toMatchObject({
    kind: 'refused',
  });
  const remedy = { ...operation, order: { kind: 'remediate', action: 'x', parameters: {} } } as Operation;
  expect(await hookOf(server).request(remedy, [])).toMatchObject({ kind: 'refused' });
  expect(server.calls).toEqual([]);
});
