/** What is decided arrives: at least once, in order, under one id, whatever the receiver does. */
import { describe, expect, test } from 'vitest';
import { ends, fires, MINUTE, START } from '../incidents/make.ts';
import { HOST_RULE } from './host-rule.ts';
import { type Call, fakeReceiver, setting } from './setting.ts';

const types = (calls: readonly Call[]): string[] =>
  calls.map(({ json }) => `${json.data.number} ${json.type}`);
const ids = (calls: readonly Call[]): unknown[] => calls.map(({ headers }) => headers['webhook-id']);
const host = (name: string) => ({ labels: { service: 'a', host: name } });

test('a receiver that is down for an hour gets the opening and the end, in order, once', async () => {
  const shop = await fakeReceiver((response) => response.socket!.resetAndDestroy());
  const it = setting([{ url: shop.url }]);
  await it.tick(0, [fires()]);
  await it.tick(20, [ends()]);
  await it.until(60);
  expect(new Set(types(shop.calls)), 'the end waits behind the opening').toEqual(
    new Set(['1 incident.triggered']),
  );
  expect(new Set(ids(shop.calls)).size).toBe(1);
  expect(it.notifier.health()[0]).toMatchObject({ waiting: 2, dead: 0, oldestMs: 60 * MINUTE });
  shop.answer = (response) => response.writeHead(200).end();
  const before = shop.calls.length;
  await it.until(62);
  expect(types(shop.calls.slice(before))).toEqual(['1 incident.triggered', '1 incident.resolved']);
  expect(it.notifier.health()[0]).toMatchObject({ waiting: 0, lastError: '' });
});

test('days without a receiver end in a dead letter, which can be sent again under its id', async () => {
  const shop = await fakeReceiver((response) => response.writeHead(500).end());
  const it = setting([{ url: shop.url }]);
  await it.tick(0, [fires()]);
  await it.until(3 * 1_440 + 120, 30 * MINUTE);
  const [letter] = it.state.outbox.deadLetters(10);
  expect(letter).toMatchObject({ receiver: 'shop', incidents: [1], error: /three days/ });
  shop.answer = (response) => response.writeHead(204).end();
  it.notifier.redeliver(letter!.id);
  await it.notifier.turn();
  expect(ids(shop.calls).at(-1)).toBe(letter!.id);
  expect(it.state.outbox.deadLetters(10)).toEqual([]);
  expect(() => it.notifier.redeliver(letter!.id)).toThrow('There is no dead letter');
});

describe('an answer of', () => {
  test.each([301, 302, 308, 400, 401, 404, 410, 422])(
    '%i is final: a dead letter at once',
    async (status) => {
      const shop = await fakeReceiver((response) => response.writeHead(status, { Location: '/x' }).end());
      const it = setting([{ url: shop.url }]);
      await it.tick(0, [fires()]);
      await it.until(5);
      expect(shop.calls.length).toBe(1);
      expect(it.state.outbox.deadLetters(10)).toMatchObject([{ error: new RegExp(String(status)) }]);
      const kinds = it.desk.get(1)!.timeline.map(({ kind }) => kind);
      expect(kinds).toEqual(['triggered', 'notified', 'undelivered']);
    },
  );

  test.each([408, 425, 429, 500, 502, 503, 504])('%i is tried again under the same id', async (status) => {
    const shop = await fakeReceiver((response) => response.writeHead(status).end());
    const it = setting([{ url: shop.url }]);
    await it.tick(0, [fires()]);
    shop.answer = (response) => response.writeHead(204).end();
    await it.until(0.1, 1_000);
    expect(shop.calls.length).toBe(2);
    expect(new Set(ids(shop.calls)).size).toBe(1);
    expect(it.desk.get(1)!.timeline.at(-1)).toMatchObject({
      kind: 'delivered',
      text: 'triggered, attempt 2',
    });
  });

  test.each([
    ['seconds', '120'],
    ['a date', new Date(START + 120_000).toUTCString()],
  ])('429 with Retry-After as %s is waited for', async (_, header) => {
    const shop = await fakeReceiver((response) => response.writeHead(429, { 'Retry-After': header }).end());
    const it = setting([{ url: shop.url }]);
    await it.tick(0, [fires()]);
    await it.until(1.9, 5_000);
    expect(shop.calls.length).toBe(1);
    await it.until(2, 5_000);
    expect(shop.calls.length).toBe(2);
  });
});

test('attempts come less and less often, a minute apart at most', async () => {
  const shop = await fakeReceiver((response) => response.writeHead(500).end());
  const it = setting([{ url: shop.url }]);
  await it.tick(0, [fires()]);
  const at: number[] = [];
  shop.answer = (response) => {
    at.push((it.clock.at - START) / 1_000);
    response.writeHead(500).end();
  };
  await it.until(5, 500);
  expect(at).toEqual([1, 3, 7, 15, 31, 63, 123, 183, 243]);
});

test('one message that always fails holds up no other incident', async () => {
  const shop = await fakeReceiver((response, { json }) =>
    response.writeHead(json.data.number === 1 ? 500 : 204).end(),
  );
  const it = setting([{ url: shop.url }], { rules: [HOST_RULE] });
  await it.tick(0, [host('1'), host('2'), host('3')]);
  await it.tick(1, [ends(host('1')), ends(host('2'))]);
  await it.until(10);
  expect(types(shop.calls.filter(({ json }) => json.data.number > 1))).toEqual([
    '2 incident.triggered',
    '3 incident.triggered',
    '2 incident.resolved',
  ]);
  expect(it.notifier.health()[0]!.waiting).toBe(2);
});

test('a receiver that hangs keeps no other waiting', async () => {
  const hangs = await fakeReceiver(() => {});
  const other = await fakeReceiver();
  const rules = [
    {
      ...HOST_RULE,
      then: [{ kind: 'notify', receiver: 'shop' } as const, { kind: 'notify', receiver: 'r1' } as const],
    },
  ];
  const it = setting([{ url: hangs.url, timeout: 60_000 }, { url: other.url }], { rules });
  void it.tick(0, [fires()]);
  await expect.poll(() => other.calls.length).toBe(1);
  await expect.poll(() => hangs.calls.length).toBe(1);
});

describe('a fallback', () => {
  test('gets what the receiver could not take for five minutes; the receiver gets it, too, when it is back', async () => {
    const shop = await fakeReceiver((response) => response.socket!.resetAndDestroy());
    const other = await fakeReceiver();
    const it = setting([{ url: shop.url, fallback: 'r1' }, { url: other.url }]);
    await it.tick(0, [fires()]);
    await it.until(4);
    expect(other.calls).toEqual([]);
    await it.tick(4, [ends()]);
    await it.until(12);
    expect(types(other.calls)).toEqual(['1 incident.triggered', '1 incident.resolved']);
    shop.calls.length = 0;
    shop.answer = (response) => response.writeHead(204).end();
    await it.until(14);
    expect(types(shop.calls)).toEqual(['1 incident.triggered', '1 incident.resolved']);
  });

  test('gets a dead letter at once, and two that name each other do not go on for ever', async () => {
    const shop = await fakeReceiver((response) => response.writeHead(400).end());
    const other = await fakeReceiver((response) => response.writeHead(400).end());
    const it = setting([
      { url: shop.url, fallback: 'r1' },
      { url: other.url, fallback: 'shop' },
    ]);
    await it.tick(0, [fires()]);
    await it.until(5);
    expect([shop.calls.length, other.calls.length]).toEqual([1, 1]);
    expect(it.state.outbox.deadLetters(10).length).toBe(2);
  });
});

test('a receiver that is in no file any more is waited for ten minutes', async () => {
  const it = setting([{ url: 'http://127.0.0.1:1/' }]);
  it.set = { ...it.set, receivers: [] };
  await it.tick(0, [fires()]);
  await it.until(9);
  expect(it.notifier.health()).toMatchObject([{ name: 'shop', waiting: 1, dead: 0 }]);
  await it.until(12);
  expect(it.notifier.health()).toMatchObject([{ name: 'shop', waiting: 0, dead: 1 }]);
});

test('an address that is not public is refused unless the receiver allows it', async () => {
  const shop = await fakeReceiver();
  const it = setting([{ url: shop.url, allowPrivate: [] }]);
  await it.tick(0, [fires()]);
  expect(shop.calls).toEqual([]);
  expect(it.state.outbox.deadLetters(1)).toMatchObject([{ error: /not a public address/ }]);
});

test('a repeat is left out while what came before still waits', async () => {
  const shop = await fakeReceiver((response) => response.writeHead(500).end());
  const it = setting([{ url: shop.url, repeat: 10 * MINUTE }]);
  await it.tick(0, [fires()]);
  for (let minute = 1; minute <= 60; minute++) await it.tick(minute);
  shop.answer = (response) => response.writeHead(204).end();
  shop.calls.length = 0;
  await it.until(62);
  expect(types(shop.calls)).toEqual(['1 incident.triggered']);
  await it.tick(70);
  expect(types(shop.calls).at(-1)).toBe('1 incident.repeated');
});

describe('grouping', () => {
  const route = {
    match: [],
    receiver: 'shop',
    groupBy: ['severity'],
    groupWait: 30_000,
    groupInterval: 5 * MINUTE,
    muteTimes: [],
    continue: false,
    routes: [],
  };

  test('collects what comes within group_wait, and then keeps group_interval', async () => {
    const shop = await fakeReceiver();
    const it = setting([{ url: shop.url }], { rules: [HOST_RULE], route });
    await it.tick(0, [host('1')]);
    await it.tick(0.25, [host('2')]);
    expect(shop.calls).toEqual([]);
    await it.until(0.5);
    expect(shop.calls.map(({ json }) => json.map((event: { type: string }) => event.type))).toEqual([
      ['incident.triggered', 'incident.triggered'],
    ]);
    await it.tick(1, [host('3')]);
    await it.until(4.9);
    expect(shop.calls.length).toBe(1);
    await it.until(5);
    expect(shop.calls.length).toBe(2);
  });

  test('of 5,000 incidents in one tick is one bounded message', async () => {
    const shop = await fakeReceiver();
    const it = setting([{ url: shop.url, payload: 'alertmanager' }], { rules: [HOST_RULE] });
    const herd = Array.from({ length: 5_000 }, (_, i) => host(`host-${i}`));
    await it.tick(0, herd);
    await it.tick(1, herd.map(ends));
    expect(shop.calls.length).toBe(2);
    const [opening, end] = shop.calls.map(({ json }) => json);
    expect([opening.status, opening.alerts.length, opening.truncatedAlerts]).toEqual(['firing', 100, 4_900]);
    expect([end.status, end.omittedIncidents]).toEqual(['resolved', 4_900]);
    expect(Math.max(...shop.calls.map(({ body }) => body.length))).toBeLessThan(256 * 1_024);
    expect(it.state.incidents.list({ limit: 1 }).incidents[0]!.number).toBe(5_000);
  });

  test('of 5,000 instances of one incident is one bounded message', async () => {
    const shop = await fakeReceiver();
    const it = setting([{ url: shop.url }]);
    await it.tick(
      0,
      Array.from({ length: 5_000 }, (_, i) => host(`host-${i}`)),
    );
    expect(shop.calls.length).toBe(1);
    expect(shop.calls[0]!.json.data).toMatchObject({ alerts_total: 5_000, alerts_firing: 5_000 });
    expect(shop.calls[0]!.json.data.alerts.length).toBe(100);
  });
});

describe('a heartbeat', () => {
  test('comes at its pace while rules are evaluated', async () => {
    const shop = await fakeReceiver();
    const it = setting([{ url: shop.url, payload: 'alertmanager' }], {
      heartbeats: [{ receiver: 'shop', every: MINUTE }],
    });
    await it.until(10);
    expect(shop.calls.length, 'at once, and then every minute').toBe(11);
    it.alive = false;
    await it.until(20);
    expect(shop.calls.length, 'nobody evaluates').toBe(11);
    expect(shop.calls[0]!.json).toMatchObject({ status: 'firing', commonLabels: { alertname: 'Watchdog' } });
  });
});

describe('a test of a receiver', () => {
  test.each(['alertmanager', 'incident.v1', 'slack'] as const)(
    'sends one signed message as %s',
    async (payload) => {
      const shop = await fakeReceiver();
      const it = setting([{ url: shop.url, payload, secrets: ['env:NEW'] }]);
      expect(await it.notifier.test('shop')).toMatchObject({ ok: true, status: 204, error: '' });
      expect(shop.calls.length).toBe(1);
      expect(shop.calls[0]!.headers['webhook-signature']).toMatch(/^v1,/);
      expect(shop.calls[0]!.body).toMatch(/A test from Loopwatch/);
    },
  );

  test('says what is wrong', async () => {
    const shop = await fakeReceiver((response) => response.writeHead(401).end());
    const it = setting([{ url: shop.url }, { url: 'http://10.0.0.1/' }]);
    expect(await it.notifier.test('shop')).toMatchObject({ ok: false, status: 401, error: 'answered 401' });
    expect(await it.notifier.test('r1')).toMatchObject({ ok: false, error: /not a public address/ });
    await expect(it.notifier.test('nobody')).rejects.toThrow(
      'There is no receiver "nobody"; there are shop, r1',
    );
  });
});
