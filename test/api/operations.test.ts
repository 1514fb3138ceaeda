/** Operations, the ledger and the kill switch by the API. */
import { expect, test } from 'vitest';
import { createApi } from '../../api/app.ts';
import { createDesk } from '../../app/desk.ts';
import type { Status } from '../../model/status.ts';
import { createNotifier } from '../../rules/notify/notifier.ts';
import type { Engine } from '../../store/engine.ts';
import { recordingLog } from '../helpers/log.ts';
import { MINUTE, SECOND, type Setting, START, scaling, setting, VERIFY } from '../rules/actions/setting.ts';
import { ruleSet } from '../rules/incidents/make.ts';

function api(it: Setting) {
  const clock = { now: () => it.clock.now };
  const log = recordingLog();
  const { state, incidents, actions } = it;
  const set = () => ruleSet({ rules: it.rules });
  const notifier = createNotifier({
    ...{ state, set, clock, log, secret: () => '', externalUrl: () => '', alive: () => true },
    send: () => Promise.reject(new Error('nobody is called')),
  });
  const desk = createDesk({
    ...{ set, state, incidents, notifier, actions, killFile: '/data/kill-switch' },
    explain: async () => ({}),
    transitions: async () => [],
    states: () => [],
  });
  const { app } = createApi({
    ...{ desk, clock, log, engine: {} as Engine, pages: '/nowhere' },
    status: async () => ({}) as Status,
    senders: () => ({ senders: [], forgotten: 0 }),
  });
  return async (path: string, body?: unknown) => {
    const answer = await app.request(`http://localhost:8080/api${path}`, {
      headers: { host: 'localhost:8080', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: whatever came, for the test to look into.
    return { status: answer.status, json: (await answer.json()) as any };
  };
}

const WITH_APPROVAL = { approval: { desiredGt: null, ttl: 30 * MINUTE, role: 'admin' as const } };

test('what waits is found, approved by name, carried out, and shown with its incident', async () => {
  const on = setting([scaling(WITH_APPROVAL)]);
  const ask = api(on);
  await on.tick('firing');
  const { operations } = (await ask('/operations?status=awaiting_approval')).json;
  expect(operations).toMatchObject([{ id: on.only().id, order: { desired: 3 } }]);
  const approved = await ask(`/operations/${on.only().id}/approve`, { by: 'ada', comment: 'yes' });
  expect(approved.json.approval.decision).toMatchObject({ by: 'ada', approved: true, comment: 'yes' });
  await on.pass(SECOND);
  expect((await ask(`/operations/${on.only().id}`)).json.status).toBe('succeeded');
  expect((await ask('/incidents/1')).json.operations).toMatchObject([{ id: on.only().id }]);
  expect((await ask(`/operations/${on.only().id}/approve`, { by: 'bob' })).status).toBe(409);
});

test('what is rejected is not done, and what is not there is said', async () => {
  const on = setting([scaling(WITH_APPROVAL)]);
  const ask = api(on);
  await on.tick('firing');
  expect((await ask(`/operations/${on.only().id}/reject`, {})).json.status).toBe('rejected');
  await on.pass(MINUTE);
  expect(on.hook.done).toEqual([]);
  expect((await ask('/operations/none')).status).toBe(404);
  expect((await ask('/operations/none/approve', {})).status).toBe(404);
  expect((await ask('/operations?status=nonsense')).status).toBe(400);
  expect((await ask('/operations?incident=x')).status).toBe(400);
});

test('pages are whole: none twice, none left out, also of one moment', async () => {
  const on = setting();
  await on.tick('firing');
  const one = on.only();
  on.state.operations.put(
    Array.from({ length: 7 }, (_, i) => ({ ...one, id: `slow.x.e1.2.${i}`, status: 'verified' as const })),
  );
  const ask = api(on);
  const ids: string[] = [];
  for (let before = ''; ; ) {
    const { operations, next } = (await ask(`/operations?limit=3${before}`)).json;
    ids.push(...operations.map(({ id }: { id: string }) => id));
    if (next === null) break;
    before = `&before=${next}`;
  }
  expect(ids).toEqual([...new Set(ids)]);
  expect(ids).toHaveLength(8);
  expect((await ask('/operations?status=verified&target=checkout')).json.operations).toHaveLength(7);
  expect((await ask('/operations?target=cart')).json.operations).toEqual([]);
});

test('the ledger has the medians from firing to verified', async () => {
  const on = setting([scaling({ verify: { ...VERIFY, worse: null } })]);
  const ask = api(on);
  await on.tick('firing');
  await on.pass(3 * MINUTE);
  await on.tick('firing', { checks: [{ operation: on.only().id, truth: true, worse: null }] });
  expect((await ask('/ledger')).json).toEqual({
    since: START + 3 * MINUTE - 30 * 86_400_000,
    rules: [
      {
        ...{ rule: 'slow', operations: 1, held: 0, cured: 1, noEffect: 0, worse: 0, unknown: 0, undone: 0 },
        ...{ toTell: null, toAct: 0, toFinish: 0, toVerify: 3 * MINUTE },
      },
    ],
  });
  expect((await ask('/ledger?from=now-1m')).json.rules).toEqual([]);
});

test('the kill switch stops what has not been sent, and its file is stronger than the API', async () => {
  const on = setting();
  const ask = api(on);
  expect((await ask('/kill-switch')).json).toEqual({ on: false, reason: '', file: '/data/kill-switch' });
  const { json } = await ask('/kill-switch', { on: true, by: 'ada', comment: 'maintenance' });
  expect(json).toMatchObject({ on: true, reason: 'ada turned the kill switch on. maintenance' });
  await on.tick('firing');
  expect(on.only().status).toBe('blocked');
  expect(on.hook.requested).toEqual([]);
  expect((await ask('/kill-switch', { on: false })).json.on).toBe(false);
  on.killFile.reason = 'The file is there.';
  expect((await ask('/kill-switch', { on: false })).status).toBe(409);
  expect((await ask('/kill-switch', { on: 'yes' })).status).toBe(400);
});
