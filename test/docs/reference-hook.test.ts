/** The reference hook of the documentation, called by the product's own adapter over a real socket. */
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createOutgoing } from '../../base/outgoing.ts';
import { createHook } from '../../docs/reference-hook.ts';
import type { Operation } from '../../model/operation.ts';
import { httpHook } from '../../rules/actions/hook.ts';
import { webhookHeaders } from '../../rules/notify/signature.ts';

const KEY = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

async function setting(key = KEY) {
  let workers = 2;
  const done: number[] = [];
  const finish: (() => void)[] = [];
  const scaleTo = (count: number) =>
    new Promise<void>((resolve) => {
      finish.push(() => {
        workers = count;
        done.push(count);
        resolve();
      });
    });
  const server = createHook({ checkout: { count: async () => workers, scaleTo, min: 1, max: 4 } }, KEY);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const hook = httpHook({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/checkout`,
    ...{ timeout: 2_000, allowPrivate: ['127.0.0.1'], send: createOutgoing() },
    sign: (id, body) => webhookHeaders(id, Date.now(), body, [key]),
  });
  return { hook, done, finish: () => finish.splice(0).forEach((one) => void one()) };
}

function operation(desired: number, changes: Partial<Operation> = {}): Operation {
  const now = Date.now();
  return {
    ...{ id: `slow.aa.e1.2.${desired}`, rule: 'slow', incident: 1, target: 'checkout', mode: 'execute' },
    order: { kind: 'scale', expectedCurrent: 2, desired, bounds: { min: 1, max: 9 } },
    ...{ proposedAt: now, dispatchedAt: now, notAfter: now + 60_000, deadline: now + 90_000 },
    ...changes,
  } as Operation;
}

test('it takes an operation, says when it is done, and does it once however often it is asked', async () => {
  const { hook, done, finish } = await setting();
  expect((await hook.observe('checkout')).observation).toEqual({ observed: 2, min: 1, max: 4 });
  expect(await hook.ask(operation(3))).toEqual({ kind: 'never_received' });
  expect(await hook.request(operation(3), [])).toEqual({ kind: 'accepted', pollAfter: 1_000 });
  expect((await hook.request(operation(3), [])).kind).toBe('accepted');
  expect((await hook.ask(operation(3))).kind).toBe('accepted');
  finish();
  expect(await hook.ask(operation(3))).toEqual({ kind: 'succeeded', observed: 3 });
  expect(await hook.request(operation(3), [])).toEqual({ kind: 'succeeded', observed: 3 });
  expect(done).toEqual([3]);
  expect(await hook.request(operation(4), [])).toEqual({ kind: 'conflict', observed: 3 });
});

test('it refuses what it cannot do, what is late, and what is not signed by the right key', async () => {
  const { hook, done } = await setting();
  expect((await hook.request(operation(9), [])).kind).toBe('refused');
  expect((await hook.request(operation(3, { target: 'constructor' }), [])).kind).toBe('refused');
  expect((await hook.request(operation(3, { notAfter: Date.now() - 1_000 }), [])).kind).toBe('refused');
  expect(await hook.request(operation(3, { mode: 'dry_run' }), [])).toEqual({
    kind: 'succeeded',
    observed: 2,
  });
  const wrong = await setting(`whsec_${Buffer.alloc(24, 8).toString('base64')}`);
  expect((await wrong.hook.request(operation(3), [])).kind).toBe('refused');
  expect([...done, ...wrong.done]).toEqual([]);
});
