/** Incidents, rules, silences and receivers by the API: everything that changes something is asked for by our own page. */
import { describe, expect, test } from 'vitest';
import { createApi } from '../../api/app.ts';
import { createDesk } from '../../app/desk.ts';
import type { Failure } from '../../model/failure.ts';
import type { Status } from '../../model/status.ts';
import { createActions } from '../../rules/actions/desk.ts';
import type { Engine } from '../../store/engine.ts';
import { recordingLog } from '../helpers/log.ts';
import { ends, fires, state as instance, MINUTE, START } from '../rules/incidents/make.ts';
import { fakeReceiver, type Setting, setting } from '../rules/notify/setting.ts';

const TRANSITION = {
  ...{ rule: 'errors', fingerprint: 'checkout', labels: { service: 'checkout' }, at: START },
  ...{
    from: 'pending',
    to: 'firing',
    episode: 1,
    reason: 'condition',
    flapping: false,
    summary: 'It fires.',
  },
} as const;
const JSON_TYPE = { 'content-type': 'application/json' };

function api(it: Setting) {
  const { state, desk: incidents, notifier } = it;
  const explain = async (rule: string, at: number) => ({ rule, at });
  const transitions = async (_rule: string, { limit }: { limit: number }) => Array(limit).fill(TRANSITION);
  const states = (rule?: string) =>
    rule === undefined ? state.instances.all() : state.instances.ofRule(rule);
  const actions = createActions({
    ...{ state, clock: it.clock, log: it.log, incidentOf: incidents.of, acted: incidents.acted },
    ...{ rules: () => it.set.rules, hook: () => undefined, silencedBy: () => '', killFile: () => '' },
    mode: 'execute',
  });
  const desk = createDesk({
    ...{ state, incidents, notifier, actions, explain, states, transitions },
    set: () => it.set,
    killFile: '/nowhere/kill-switch',
  });
  const { app } = createApi({
    engine: {} as Engine,
    status: async () => ({}) as Status,
    senders: () => ({ senders: [], forgotten: 0 }),
    desk,
    clock: it.clock,
    log: recordingLog(),
    pages: '/nowhere',
  });
  return async (path: string, init: RequestInit = {}) => {
    const headers = { host: 'localhost:8080', ...init.headers };
    const answer = await app.request(`http://localhost:8080/api${path}`, { ...init, headers });
    // biome-ignore lint/suspicious/noExplicitAny: whatever came, for the test to look into.
    return { status: answer.status, json: (await answer.json()) as any };
  };
}

const post = (body: unknown = {}, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { ...JSON_TYPE, ...headers },
});

async function incidents(): Promise<{ it: Setting; ask: ReturnType<typeof api> }> {
  const it = setting([{ url: (await fakeReceiver()).url }]);
  await it.tick(0, [fires(), fires({ labels: { service: 'search' } })]);
  await it.tick(1, [ends({ labels: { service: 'search' } })]);
  return { it, ask: api(it) };
}

test('lists incidents and shows one with its timeline, evidence and retrospective', async () => {
  const { ask } = await incidents();
  expect((await ask('/incidents?status=open')).json).toMatchObject({
    incidents: [{ number: 1, status: 'triggered', firing: 1, alerts: 1 }],
    next: null,
  });
  expect((await ask('/incidents?q=search&limit=1')).json.incidents).toMatchObject([
    { number: 2, status: 'resolved' },
  ]);
  const { json } = await ask('/incidents/2');
  expect(json.timeline.map(({ kind }: { kind: string }) => kind)).toContain('delivered');
  expect(json.evidence.samples.errors.value).toBe(0.08);
  expect(json.retrospective).toMatch(/^# Retrospective: #2/);
  expect(json.retrospective).toContain('Not computed: it is not long resolved');
  expect((await ask('/incidents/99')).status).toBe(404);
  expect((await ask('/incidents/x')).status).toBe(400);
  expect((await ask('/incidents?limit=100000')).status).toBe(400);
});

test('people acknowledge, comment and resolve, with their name', async () => {
  const { ask } = await incidents();
  expect(
    (await ask('/incidents/1/acknowledge', post({ by: ' ada ', comment: 'on it' }))).json.incident,
  ).toMatchObject({
    status: 'acknowledged',
    acknowledged: { by: 'ada' },
  });
  expect((await ask('/incidents/1/acknowledge', post())).status).toBe(409);
  expect((await ask('/incidents/1/comment', post({ text: 'the cache' }))).json.timeline.at(-1)).toMatchObject(
    {
      kind: 'commented',
      who: 'somebody on this machine',
      text: 'the cache',
    },
  );
  expect((await ask('/incidents/1/resolve', post({ by: 'ada' }))).json.incident.resolved).toMatchObject({
    by: 'ada',
  });
  expect((await ask('/incidents/1/resolve', post())).status).toBe(409);
});

describe('a silence', () => {
  test('of an incident matches its rule and group, and is written into its timeline', async () => {
    const { ask } = await incidents();
    const { status, json } = await ask(
      '/incidents/1/silence',
      post({ for: '2h', by: 'ada', comment: 'known' }),
    );
    expect(status).toBe(201);
    expect(json).toMatchObject({
      status: 'active',
      inFile: false,
      to: START + 121 * MINUTE,
      match: [
        { key: 'alertname', values: ['errors'] },
        { key: 'service', values: ['checkout'] },
      ],
    });
    const { timeline } = (await ask('/incidents/1')).json;
    expect(timeline.at(-1)).toMatchObject({ kind: 'silenced', who: 'ada' });
  });

  test('is made, changed and ended; those in files are shown', async () => {
    const { it, ask } = await incidents();
    const file = { id: 'in-file', match: [], from: 0, to: START + MINUTE * 9, by: 'x', comment: '' };
    it.set = { ...it.set, silences: [file] };
    const match = [{ key: 'service', values: ['a'] }];
    const { id } = (await ask('/silences', post({ match, for: '5m' }))).json;
    const put = { ...post({ match, for: '10m' }), method: 'PUT' };
    expect((await ask(`/silences/${id}`, put)).json).toMatchObject({ id, to: START + 11 * MINUTE });
    expect((await ask('/silences')).json.silences).toMatchObject([{ id: 'in-file', inFile: true }, { id }]);
    expect((await ask(`/silences/${id}`, { method: 'DELETE' })).json.status).toBe('ended');
    expect((await ask('/silences')).json.silences.length).toBe(1);
    expect((await ask('/silences?ended=true')).json.silences.length).toBe(2);
    expect((await ask('/silences/in-file', { method: 'DELETE' })).status).toBe(409);
    expect((await ask('/silences/none', { method: 'DELETE' })).status).toBe(404);
  });

  test.each([
    ['nothing', { for: '1h', match: [] }],
    ['everything', { for: '1h', match: [{ key: 'service', op: '=~', values: ['.*'] }] }],
    ['what is not there', { for: '1h', match: [{ key: 'x', op: '!=', values: ['a'] }] }],
    ['for no time', { for: '0s', match: [{ key: 'a', values: ['b'] }] }],
    ['for ever', { for: '9999d', match: [{ key: 'a', values: ['b'] }] }],
    ['until yesterday', { to: START - 1, match: [{ key: 'a', values: ['b'] }] }],
    [
      'with a pattern that takes for ever',
      { for: '1h', match: [{ key: 'a', op: '=~', values: ['(a+)+b'] }] },
    ],
    ['with a pattern that is none', { for: '1h', match: [{ key: 'a', op: '=~', values: ['('] }] }],
    ['with a key nobody knows', { for: '1h', match: [{ key: 'a', values: ['b'] }], until: 5 }],
    ['with control characters', { for: '1h', match: [{ key: 'a', values: ['b'] }], by: 'a\r\nb' }],
  ])('of %s is refused', async (_, body) => {
    const { ask } = await incidents();
    const { status, json } = await ask('/silences', post(body));
    expect([status, (json as Failure).error.code]).toEqual([400, 'invalid_parameter']);
  });
});

describe('what changes something is refused', () => {
  test.each([
    ['from another site', { origin: 'https://evil.example' }, 403],
    ['from another port of this machine', { origin: 'http://localhost:9999' }, 403],
    ['from no page at all', { origin: 'null' }, 403],
    ['when the browser says so', { 'sec-fetch-site': 'cross-site' }, 403],
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['as text', { 'content-type': 'text/plain' }, 415],
  ])('%s', async (_, headers: Record<string, string>, status) => {
    const { it, ask } = await incidents();
    expect((await ask('/incidents/1/acknowledge', post({}, headers))).status).toBe(status);
    expect(it.desk.get(1)!.incident.status).toBe('triggered');
  });

  test('and done from our own page', async () => {
    const { ask } = await incidents();
    const own = { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' };
    expect((await ask('/incidents/1/acknowledge', post({}, own))).status).toBe(200);
  });

  test('when it is too large, or not JSON', async () => {
    const { ask } = await incidents();
    expect((await ask('/incidents/1/comment', post({ text: 'x'.repeat(70_000) }))).status).toBe(413);
    const broken = { method: 'POST', body: '{', headers: JSON_TYPE };
    expect((await ask('/incidents/1/comment', broken)).json.error.message).toMatch(/^The body is not JSON/);
  });
});

test('rules are told with their state, one with its instances, and explained', async () => {
  const { it, ask } = await incidents();
  it.state.instances.put([instance({ phase: 'firing', t: START })]);
  expect((await ask('/rules')).json).toMatchObject({
    rules: [
      { name: 'errors', phase: 'firing', firing: 1, instances: 1, openIncidents: [1], lastTick: START },
    ],
    problems: [],
  });
  expect((await ask('/rules/errors')).json).toMatchObject({
    rule: { name: 'errors' },
    instances: [{ fingerprint: 'checkout' }],
  });
  const { transitions, more } = (await ask('/rules/errors/transitions?from=now-1d')).json;
  expect([transitions.length, transitions[0], more]).toEqual([200, TRANSITION, true]);
  expect((await ask('/rules/errors/transitions?from=yesterday')).status).toBe(400);
  expect((await ask(`/rules/errors/explain?at=${START}`)).json).toEqual({ rule: 'errors', at: START });
  expect((await ask('/rules/none')).status).toBe(404);
});

test('receivers show their health, and dead letters can be sent again', async () => {
  const shop = await fakeReceiver((response) => response.writeHead(404).end());
  const it = setting([{ url: `${shop.url}?token=secret` }]);
  const ask = api(it);
  await it.tick(0, [fires()]);
  const { receivers } = (await ask('/receivers')).json;
  expect(receivers).toMatchObject([{ name: 'shop', dead: 1, lastError: 'answered 404' }]);
  expect(JSON.stringify(receivers)).not.toContain('secret');
  const { deadLetters } = (await ask('/dead-letters')).json;
  shop.answer = (response) => response.writeHead(204).end();
  expect((await ask(`/dead-letters/${deadLetters[0].id}/redeliver`, post())).status).toBe(200);
  await it.notifier.turn();
  expect((await ask('/receivers')).json.receivers).toMatchObject([{ dead: 0, waiting: 0 }]);
  expect((await ask('/dead-letters/none/redeliver', post())).status).toBe(404);
  expect((await ask('/receivers/shop/test', post())).json).toMatchObject({ ok: true });
});
