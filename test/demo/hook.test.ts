/** The demo keeps the receiving side of the scaling hook contract. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createControl, HOOK } from '../../demo/control/api.ts';
import { Hook } from '../../demo/control/hook.ts';
import { eventually } from '../helpers/eventually.ts';

const NOW = Date.UTC(2026, 0, 15, 9);
const HOST = 'http://localhost:8090';

let workers: number;
let scaled: number[];
let rolledBack: number;
let isGood: boolean;
/** Lets what was begun come to its end. */
let finish: (error?: Error) => void;
let app: ReturnType<typeof createControl>;
beforeEach(() => {
  workers = 2;
  scaled = [];
  rolledBack = 0;
  isGood = false;
  const hook = new Hook(
    {
      workers: () => workers,
      scaleTo: (wanted) => {
        scaled.push(wanted);
        return new Promise((resolve, reject) => {
          finish = (error) => {
            if (error) return reject(error);
            workers = wanted;
            resolve();
          };
        });
      },
      paymentIsGood: () => isGood,
      rollBackPayment: async () => {
        rolledBack++;
        isGood = true;
      },
    },
    { now: () => NOW },
  );
  const none = () => Promise.reject(new Error('no faults here'));
  app = createControl({
    state: () => ({ shopUrl: '', processes: [], workers: [], behaviour: {} }) as never,
    faults: { list: () => [], begin: none, end: none },
    hook,
  });
});

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await app.request(`${HOST}${path}`, {
    method,
    headers: { Host: 'localhost:8090', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as never };
}

const request = (data: object, type = 'scaling.requested') => {
  const all = { operation_id: 'slow.1a2b.e7.scale.1', target: 'checkout', ...data };
  return ask('POST', HOOK, { type, data: all }, { 'Idempotency-Key': all.operation_id });
};
const scale = (data: object) => request({ expected_current: 2, desired: 3, ...data });
const status = async (id: string) =>
  (await ask('GET', `${HOOK}/operations/${id}`)).body as { status: string; detail: string };

test('a scaling is accepted, done once however often it is asked for, and can be looked up', async () => {
  expect(await ask('GET', `${HOOK}?target=checkout`)).toMatchObject({
    status: 200,
    body: { observed: 2, min: 1, max: 8 },
  });
  const first = await scale({});
  expect(first).toMatchObject({ status: 202, body: { status: 'accepted', poll_after_s: 1 } });
  expect((await scale({})).status, 'asked again while it is done').toBe(202);
  finish();
  await eventually('it is done', async () => (await status('slow.1a2b.e7.scale.1')).status === 'succeeded');
  expect(await scale({}), 'asked again when it is done').toMatchObject({
    status: 200,
    body: { status: 'succeeded', detail: '2 → 3 workers' },
  });
  expect(scaled).toEqual([3]);
  expect((await ask('GET', `${HOOK}?target=checkout`)).body).toMatchObject({ observed: 3 });
});

test('one that fails says so', async () => {
  await scale({});
  finish(new Error('checkout-3 was not ready within 20 s'));
  await eventually('it has failed', async () => (await status('slow.1a2b.e7.scale.1')).status === 'failed');
  expect((await status('slow.1a2b.e7.scale.1')).detail).toContain('checkout-3 was not ready');
});

test('what is so already is no operation', async () => {
  expect(await scale({ desired: 2 })).toMatchObject({ status: 200, body: { status: 'noop' } });
  expect(scaled).toEqual([]);
});

test('a dry run does nothing, and its id can be used in earnest', async () => {
  expect(await scale({ mode: 'dry_run' })).toMatchObject({ status: 200, body: { status: 'noop' } });
  expect(scaled).toEqual([]);
  expect((await ask('GET', `${HOOK}/operations/slow.1a2b.e7.scale.1`)).status).toBe(404);
  expect((await scale({})).status).toBe(202);
});

test('while a target is scaled, another operation on it has to wait', async () => {
  await scale({});
  const other = await scale({ operation_id: 'other.1' });
  expect(other.status).toBe(429);
  expect(other.headers.get('Retry-After')).toBe('2');
  finish();
});

describe('refused:', () => {
  test.each<[string, object, number, object]>([
    ['another number of workers than expected', { expected_current: 4 }, 409, { observed: 2 }],
    ['above the bounds', { desired: 9 }, 422, { max: 8 }],
    ['below the bounds', { desired: 0 }, 422, { min: 1 }],
    ['outside the bounds of the rule', { desired: 6, bounds: { min: 2, max: 4 } }, 422, { min: 2, max: 4 }],
    ['an unknown target', { target: 'payment' }, 422, { error: { code: 'unknown_target' } }],
    ['begun too late', { not_after: '2026-01-15T08:59:59Z' }, 422, { error: { code: 'too_late' } }],
    ['half a worker', { desired: 2.5 }, 400, { error: { code: 'invalid' } }],
  ])('%s', async (_what, data, code, body) => {
    expect(await scale(data)).toMatchObject({ status: code, body });
    expect(scaled).toEqual([]);
  });

  test('another request under an id that was used', async () => {
    await scale({});
    expect((await scale({ desired: 4 })).status).toBe(422);
    finish();
  });

  test('without the id as Idempotency-Key', async () => {
    const body = { type: 'scaling.requested', data: { operation_id: 'a', target: 'checkout', desired: 3 } };
    expect((await ask('POST', HOOK, body)).status).toBe(400);
    expect((await ask('POST', HOOK, body, { 'Idempotency-Key': 'b' })).status).toBe(400);
  });

  test('what is no request, unknown targets and operations', async () => {
    expect((await ask('POST', HOOK, 'hello')).status).toBe(400);
    expect((await ask('GET', `${HOOK}?target=x`)).status).toBe(404);
    expect((await ask('GET', `${HOOK}/operations/x`)).status).toBe(404);
    expect((await ask('GET', '/elsewhere')).status).toBe(404);
  });

  test('pages in a browser, and names that are not this machine', async () => {
    expect((await ask('GET', '/faults', undefined, { Origin: 'http://localhost:3000' })).status).toBe(403);
    expect((await ask('GET', '/faults', undefined, { Host: 'evil.example:8090' })).status).toBe(403);
    expect((await ask('GET', '/faults')).status).toBe(200);
  });
});

test('payment is rolled back once, and not when its release is good', async () => {
  const rollBack = (id: string) =>
    request({ operation_id: id, target: 'payment', action: 'roll_back' }, 'remediation.requested');
  expect((await rollBack('a')).status).toBe(202);
  await eventually('it is done', async () => (await status('a')).status === 'succeeded');
  expect((await rollBack('a')).status).toBe(200);
  expect(await rollBack('b')).toMatchObject({ status: 200, body: { status: 'noop' } });
  expect(rolledBack).toBe(1);
  const other = request({ target: 'payment', action: 'restart' }, 'remediation.requested');
  expect((await other).status).toBe(422);
});
