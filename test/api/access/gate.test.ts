/** Who may do what: every route of the router, against a table written by hand. */
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gate } from '../../../api/access/gate.ts';
import { failureHandler } from '../../../api/failures.ts';
import { thisMachine } from '../../../api/identity.ts';
import { byHand, CALLERS, type Caller, mayPass } from '../../../drills/access/table.ts';
import { type Setting, setting } from './setting.ts';

let it: Setting;
const callers = new Map<Caller, string>();
beforeAll(async () => {
  it = setting();
  callers.set('nobody', '');
  for (const role of ['viewer', 'operator', 'admin'] as const) callers.set(role, await it.person(role, role));
  for (const scope of ['ingest', 'probe', 'read', 'admin'] as const)
    callers.set(`${scope} token`, it.token(scope));
});
afterAll(() => it.close());

const routes = () => [
  ...new Set(
    it.app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`),
  ),
];

test('every route is in the table that was written by hand, and the other way round', () => {
  expect(routes().sort()).toEqual(Object.keys(byHand).sort());
});

test.each(CALLERS)('%s passes where the table says so and nowhere else', async (caller) => {
  const holes: string[] = [];
  for (const route of Object.keys(byHand)) {
    // Ends the session it is asked with.
    if (route === 'DELETE /api/session') continue;
    const request = route.replace(/:\w+/g, '999999').replace('/*', '/');
    const { status, json } = await it.ask(
      request,
      callers.get(caller),
      request.startsWith('GET') ? undefined : {},
    );
    const isIn = status !== 401 && status !== 403;
    // A handler of its own that finds the password or the session missing is past the gate.
    const isWrongPassword = status === 401 && ['wrong_password'].includes(json?.error.code);
    if ((isIn || isWrongPassword) !== mayPass(caller, byHand[route]!))
      holes.push(`${caller}: ${route} answered ${status}`);
  }
  expect(holes).toEqual([]);
});

describe('what has no place in the table', () => {
  test('nobody may do, not even an administrator', async () => {
    const app = new Hono()
      .use(gate({ providers: [thisMachine], clock: it.clock }))
      .get('/api/forgotten', (c) => c.json({}))
      .onError(failureHandler(it.log));
    const answer = await app.request('/api/forgotten');
    expect({ status: answer.status, text: await answer.text() }).toEqual({
      status: 403,
      text: expect.stringContaining('Nobody may do this'),
    });
  });

  test('is not told from what is not there, to strangers', async () => {
    expect((await it.ask('GET /api/nothing')).status).toBe(401);
    expect((await it.ask('GET /api/nothing', callers.get('viewer'))).status).toBe(404);
  });
});

describe('a token', () => {
  test('is told once, and is nowhere as itself', async () => {
    const { token, secret } = (
      await it.ask('POST /api/tokens', callers.get('admin'), { name: 'ci', scope: 'read' })
    ).json;
    expect(secret).toMatch(/^lwt_[\w-]{43}$/);
    const list = await it.ask('GET /api/tokens', callers.get('admin'));
    expect(list.json.tokens[0]).toMatchObject({ id: token.id, name: 'ci', createdBy: 'admin' });
    expect(
      JSON.stringify([list.json, it.state.tokens.list(), it.state.audit.list({ limit: 500 })]),
    ).not.toContain(secret);
  });

  test('ends at once when it is revoked', async () => {
    const { token, secret } = it.tokens.add('ci', 'read', 'ada');
    expect((await it.ask('GET /api/status', secret)).status).toBe(200);
    await it.ask(`DELETE /api/tokens/${token.id}`, callers.get('admin'));
    expect((await it.ask('GET /api/status', secret)).status).toBe(401);
    expect(it.state.tokens.list().some(({ id }) => id === token.id)).toBe(false);
  });

  test('says to a minute when it was used last', async () => {
    const { token, secret } = it.tokens.add('ci', 'read', 'ada');
    it.clock.at += 90_000;
    await it.ask('GET /api/status', secret);
    it.tokens.flush();
    const stored = it.state.tokens.list().find(({ id }) => id === token.id)!;
    expect(stored.lastUsedAt).toBe(Math.floor(it.clock.at / 60_000) * 60_000);
  });

  test('that is wrong is not helped by a cookie that is right', async () => {
    const both = { cookie: callers.get('admin')! };
    expect((await it.ask('GET /api/users', `lwt_${'x'.repeat(43)}`, undefined, both)).status).toBe(401);
  });
});

describe('the audit log', () => {
  test('has who, from where, what, and what came of it, also of what was refused', async () => {
    await it.ask('POST /api/kill-switch', callers.get('viewer'), { on: true });
    await it.ask('POST /api/users', callers.get('admin'), { name: 'Bob', role: 'operator' });
    await it.ask('POST /api/session', '', { name: 'Bob', password: 'guess' });
    const { entries } = (await it.ask('GET /api/audit?limit=3', callers.get('admin'))).json;
    expect(entries).toMatchObject([
      { who: '', role: '', action: 'POST /api/session', target: 'Bob', status: 401, address: '192.0.2.7' },
      { who: 'admin', role: 'admin', action: 'POST /api/users', target: 'Bob, operator', status: 201 },
      { who: 'viewer', action: 'POST /api/kill-switch', target: '/api/kill-switch', status: 403 },
    ]);
    expect(entries[0].at).toBe(it.clock.at);
  });

  test('is read in pages, newest first', async () => {
    const first = (await it.ask('GET /api/audit?limit=1', callers.get('admin'))).json;
    const second = (await it.ask(`GET /api/audit?limit=1&before=${first.next}`, callers.get('admin'))).json;
    expect(second.entries[0].id).toBeLessThan(first.entries[0].id);
  });

  test('cannot be filled by strangers', async () => {
    const newest = () => it.state.audit.list({ limit: 1 }).entries[0]!.id;
    const before = newest();
    await it.ask('POST /api/kill-switch', '', { on: true });
    expect(newest()).toBe(before);
  });
});

test('whoever is logged in acts under that name, whatever the body says', async () => {
  const { json } = await it.ask('POST /api/tokens', callers.get('admin token'), { name: 'x', scope: 'read' });
  expect(json.token.createdBy).toBe('token "admin"');
});

describe('without log-in', () => {
  let off: Setting;
  beforeAll(() => {
    off = setting('off');
  });
  afterAll(() => off.close());

  test('everything is open to this machine, and the page can say so', async () => {
    expect((await off.ask('GET /api/session')).json).toEqual({ auth: 'off', user: null });
    for (const route of ['GET /api/users', 'GET /api/tokens', 'GET /api/audit', 'GET /api/status'])
      expect((await off.ask(route)).status, route).toBe(200);
  });

  test('what is done is in the audit log all the same', async () => {
    await off.ask('POST /api/tokens', '', { name: 'ci', scope: 'ingest' });
    expect(off.state.audit.list({ limit: 1 }).entries).toMatchObject([
      { who: 'somebody on this machine', action: 'POST /api/tokens', target: 'ci, ingest', status: 201 },
    ]);
  });

  test('another name that leads here is refused', async () => {
    expect((await off.ask('GET /api/status', '', undefined, { host: 'evil.example' })).status).toBe(403);
    expect((await off.ask('GET /api/status', '', undefined, { host: 'WATCH.example:443' })).status).toBe(200);
  });
});
