/** Payloads are what their specifications say, bounded, and a hostile label stays a value. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Receiver } from '../../../model/rule.ts';
import type { Content } from '../../../rules/notify/message.ts';
import { encode, MAX_PAYLOAD_BYTES } from '../../../rules/notify/payloads/payload.ts';
import { webhookHeaders } from '../../../rules/notify/signature.ts';
import { retryAfter } from '../../../rules/notify/verdict.ts';
import { ends, fires, START } from '../incidents/make.ts';
import { fakeReceiver, SECRETS, setting } from './setting.ts';

const ISO = new Date(START).toISOString();

describe('alertmanager', () => {
  test('is version 4 as documented, while it fires and when it is resolved', async () => {
    const shop = await fakeReceiver();
    const it = setting([{ url: shop.url, payload: 'alertmanager' }]);
    await it.tick(0, [fires()]);
    await it.tick(2, [ends()]);
    const labels = { alertname: 'errors', service: 'checkout', severity: 'page' };
    const annotations = {
      summary: 'Checkout errors are 8 %',
      runbook_url: 'https://runbooks.example.org/errors',
    };
    const alert = {
      status: 'firing',
      labels,
      annotations,
      startsAt: ISO,
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://localhost:8080/rules/errors',
      // FNV-1a-64 of the sorted labels, by prometheus/common's algorithm written out with BigInt below.
      fingerprint: fnv(labels),
    };
    const message = {
      version: '4',
      groupKey: '{}:{alertname="errors",service="checkout"}',
      truncatedAlerts: 0,
      status: 'firing',
      receiver: 'shop',
      groupLabels: { alertname: 'errors', service: 'checkout' },
      commonLabels: labels,
      commonAnnotations: annotations,
      externalURL: 'http://localhost:8080',
      alerts: [alert],
    };
    const [{ incidents, omittedIncidents, ...opening }, { incidents: _, omittedIncidents: __, ...end }] =
      shop.calls.map(({ json }) => json) as [Record<string, unknown>, Record<string, unknown>];
    expect(opening).toEqual(message);
    expect(incidents).toEqual([
      {
        number: 1,
        status: 'triggered',
        event: 'triggered',
        revision: 1,
        severity: 'page',
        url: 'http://localhost:8080/incidents/1',
      },
    ]);
    expect(omittedIncidents).toBe(0);
    const endsAt = new Date(START + 120_000).toISOString();
    expect(end).toEqual({
      ...message,
      status: 'resolved',
      alerts: [{ ...alert, status: 'resolved', endsAt }],
    });
    expect(shop.calls[0]!.headers['content-type']).toBe('application/json');
  });
});

/** prometheus/common `model/fnv.go`: offset and prime of FNV-1a-64, over name, 0xFF, value, 0xFF. */
function fnv(labels: Record<string, string>): string {
  let sum = 14695981039346656037n;
  for (const name of Object.keys(labels).sort())
    for (const byte of [...Buffer.from(name), 255, ...Buffer.from(labels[name]!), 255])
      sum = ((sum ^ BigInt(byte)) * 1099511628211n) & 0xffffffffffffffffn;
  return sum.toString(16).padStart(16, '0');
}

test('incident.v1 is a CloudEvent with a revision that grows', async () => {
  const shop = await fakeReceiver();
  const it = setting([{ url: shop.url }]);
  await it.tick(0, [fires()]);
  it.desk.acknowledge(1, 'ada', 'on it');
  await it.notifier.turn();
  await it.tick(2, [ends()]);
  const events = shop.calls.map(({ json }) => json);
  expect(events.map(({ type }) => type)).toEqual([
    'incident.triggered',
    'incident.acknowledged',
    'incident.resolved',
  ]);
  expect(events.map(({ data }) => data.revision)).toEqual([1, 2, 3]);
  expect(events[0]).toMatchObject({
    specversion: '1.0',
    source: expect.stringMatching(/^\/loopwatch\/[0-9a-f]{12}$/),
    subject: '1',
    time: ISO,
    data: {
      number: 1,
      status: 'triggered',
      firing: true,
      severity: 'page',
      url: 'http://localhost:8080/incidents/1',
      alerts: [{ since: ISO, until: null, evidence: [{ signal: 'errors', value: 0.08, count: 100 }] }],
    },
  });
  expect(new Set(events.map(({ id }) => id)).size).toBe(3);
  expect(shop.calls[0]!.headers['content-type']).toBe('application/cloudevents+json');
});

describe('a signature', () => {
  test('is that of the specification’s example', () => {
    const body = '{"test": 2432232314}';
    expect(
      webhookHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, body, [SECRETS['env:NEW']!]),
    ).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('is made with both keys while they are rotated, over what was really sent', async () => {
    const shop = await fakeReceiver();
    const it = setting([{ url: shop.url, secrets: ['env:NEW', 'env:OLD'] }]);
    await it.tick(0, [fires()]);
    const [{ headers, body }] = shop.calls as [(typeof shop.calls)[number]];
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const expected = ['env:NEW', 'env:OLD'].map((name) => {
      const key = Buffer.from(SECRETS[name]!.slice(6), 'base64');
      return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
    });
    expect(headers['webhook-signature']).toBe(expected.join(' '));
  });

  test('with a key that is none is a dead letter that does not show it', async () => {
    const it = setting([{ url: 'http://127.0.0.1:1/', secrets: ['env:UNSET'] }]);
    await it.tick(0, [fires()]);
    expect(it.state.outbox.deadLetters(1)).toMatchObject([{ error: /^A signing secret is whsec_/ }]);
  });
});

describe('a hostile label', () => {
  const HOSTILE = `{{ signals }} \${7*7} "}],"x":[ <!channel> <script>alert(1)</script>\r\nX-Injected: 1 \u202e ../../ *bold*`;
  const labels = { service: HOSTILE };

  test.each(['alertmanager', 'incident.v1', 'slack'] as const)('stays a value in %s', async (payload) => {
    const shop = await fakeReceiver();
    const it = setting([{ url: shop.url, payload }]);
    await it.tick(0, [fires({ labels, summary: HOSTILE })]);
    const [{ json, headers }] = shop.calls as [(typeof shop.calls)[number]];
    expect(headers['x-injected']).toBeUndefined();
    if (payload === 'slack') expect(JSON.stringify(json)).not.toMatch(/<!|<script/);
    else expect((json.alerts ?? json.data.alerts)[0].labels.service).toBe(HOSTILE);
  });

  test('is text in the retrospective', async () => {
    const it = setting([{ url: 'http://127.0.0.1:1/' }]);
    await it.tick(0, [fires({ labels, summary: HOSTILE })]);
    await it.tick(1, [ends({ labels })]);
    const { retrospective } = it.desk.get(1)!;
    expect(retrospective).toContain('\\<script\\>');
    expect(retrospective.split('\n').filter((line) => line.startsWith('X-Injected'))).toEqual([]);
  });
});

describe('the limit of a payload', () => {
  const content = (size: number, alerts: number): Content => {
    const label = 'ä'.repeat(size);
    const alert = {
      instance: 'i',
      labels: { alertname: 'errors', big: label },
      since: START,
      until: null,
      flapping: false,
      summary: label,
      description: label,
      samples: { s: { labels: { big: label }, value: 1, count: 1, details: { list: [label] } } },
    };
    const incident = {
      number: 1,
      key: label,
      rule: label,
      owner: label,
      runbook: label,
      title: label,
      severity: '',
      labels: { big: label },
      group: { big: label },
      status: 'triggered' as const,
      openedAt: START,
      acknowledged: null,
      resolved: null,
      reopenUntil: 0,
      reopened: 0,
      flapping: false,
      revision: 1,
      alerts: Array.from({ length: alerts }, () => alert),
      firing: alerts,
      total: alerts,
    };
    const item = { kind: 'triggered' as const, status: 'firing' as const, at: START, incident };
    return {
      group: label,
      groupLabels: { big: label },
      items: Array.from({ length: 3 }, () => item),
      omitted: 0,
    };
  };
  const envelope = { id: 'msg_1', at: START, receiver: 'shop', installation: 'i', externalUrl: 'http://l' };
  const KINDS: readonly Receiver['payload'][] = ['alertmanager', 'incident.v1', 'slack'];

  test.each(KINDS.flatMap((kind) => [10, 1_000, 100_000].map((size) => [kind, size] as const)))(
    'holds for %s with texts of %i characters, and says what is left out',
    (kind, size) => {
      const { body } = encode(kind, content(size, 100), envelope);
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_PAYLOAD_BYTES);
      const json = JSON.parse(body);
      if (kind === 'alertmanager')
        expect(json.alerts.length + json.truncatedAlerts).toBeGreaterThanOrEqual(100);
      if (kind === 'incident.v1') expect((json[0] ?? json).data.alerts_total).toBe(100);
    },
  );
});

test.each([
  ['120', 120_000],
  ['0', 0],
  [new Date(START + 30_000).toUTCString(), 30_000],
  [new Date(START - 30_000).toUTCString(), 0],
  ['999999999', 3_600_000],
  ['-5', null],
  ['soon', null],
  ['', null],
  ['1e9', null],
])('Retry-After "%s" is %j ms', (header, ms) => {
  expect(retryAfter(header, START)).toBe(ms);
});
