/** What a tick decides is on the disk, whole, before anybody hears of it; and people can act. */
import { describe, expect, test } from 'vitest';
import { createIncidents } from '../../../rules/incidents/incidents.ts';
import { openState } from '../../../store/state/open.ts';
import { testFolder } from '../../helpers/folder.ts';
import { fakeReceiver, setting } from '../notify/setting.ts';
import { ends, fires, MINUTE, outcome, receiver, rule, ruleSet, START, state } from './make.ts';

const NOTHING = { series: [], traces: [], logs: [], missing: [] };

describe('a tick', () => {
  test('is written whole or not at all, and can be applied again', () => {
    const it = setting([{ url: 'http://127.0.0.1:1/' }]);
    const broken = outcome(START, [fires()], { states: [state({ phase: 'firing', branches: [] })] });
    const add = it.state.outbox.add;
    it.state.outbox.add = () => {
      throw new Error('disk full');
    };
    expect(() => it.desk.apply(broken)).toThrow('disk full');
    expect([it.state.instances.all(), it.desk.get(1), it.desk.lastTick()]).toEqual([[], null, null]);
    it.state.outbox.add = add;
    it.desk.apply(broken);
    expect(it.desk.get(1)!.incident.status).toBe('triggered');
    expect(it.desk.lastTick()).toBe(START);
    expect(it.state.outbox.waiting('shop', 10).length).toBe(1);
  });

  test('writes only states that differ in what a restart needs', () => {
    const it = setting([{ url: 'http://127.0.0.1:1/' }]);
    const written: number[] = [];
    const put = it.state.instances.put;
    it.state.instances.put = (states) => {
      written.push(states.length);
      put(states);
    };
    const branch = { id: 'if', truth: false, value: 1, since: null, why: '' } as const;
    const states = (t: number, value: number) => [state({ t, branches: [{ ...branch, value }] })];
    it.desk.apply(outcome(START, [], { states: states(START, 1) }));
    it.desk.apply(outcome(START + MINUTE, [], { states: states(START + MINUTE, 2) }));
    it.desk.apply(outcome(START, [], { states: [state({ phase: 'pending', since: START })] }));
    expect(written).toEqual([1, 0, 1]);
    it.desk.apply(outcome(START, [], { removed: [{ rule: 'errors', fingerprint: 'checkout' }] }));
    expect(it.state.instances.all()).toEqual([]);
  });
});

test('a restart goes on where it was: number, recipients, repeats, escalation', async () => {
  const folder = testFolder();
  const shop = await fakeReceiver();
  const receivers = [
    { url: shop.url, repeat: 60 * MINUTE, escalate: { after: 30 * MINUTE, receiver: 'r1' } },
    { url: shop.url },
  ];
  const first = setting(receivers, {}, folder);
  await first.tick(0, [fires()]);
  await first.desk.stop();
  const second = setting(receivers, {}, folder);
  await second.tick(1);
  await second.tick(30);
  await second.tick(60);
  await second.tick(61, [ends()]);
  await second.tick(62, [fires()]);
  expect(shop.calls.map(({ json }) => `${json.data.number} ${json.type.split('.')[1]}`)).toEqual([
    '1 triggered',
    '1 escalated',
    '1 repeated',
    '1 resolved',
    '1 resolved',
    '2 triggered',
  ]);
});

test('a rule file that goes bad opens an incident, and mending it resolves it', () => {
  const it = setting([{ url: 'http://127.0.0.1:1/' }]);
  it.set = { ...it.set, problems: [{ file: 'a.yaml', line: 3, column: 1, message: 'is wrong' }] };
  it.desk.apply(outcome(START));
  it.desk.apply(outcome(START + MINUTE));
  expect(it.desk.get(1)!.incident).toMatchObject({ rule: 'loopwatch-rule-files', status: 'triggered' });
  it.set = { ...it.set, problems: [] };
  it.desk.apply(outcome(START + 2 * MINUTE));
  expect(it.desk.get(1)!.incident.status).toBe('resolved');
  expect(it.desk.get(2)).toBe(null);
});

describe('evidence', () => {
  test('is frozen at the opening and completed afterwards, also after a restart', async () => {
    const folder = testFolder();
    const set = setting([{ url: 'http://127.0.0.1:1/' }]).set;
    const clock = { now: () => START };
    const open = openState(folder);
    const first = createIncidents({
      state: open,
      set: () => set,
      clock,
      evidence: () => Promise.reject(new Error('away')),
    });
    first.apply(outcome(START, [fires()]));
    await first.collected();
    expect(first.get(1)!.evidence).toMatchObject({
      samples: { errors: { value: 0.08 } },
      missing: [/still being collected/],
    });
    await first.stop();
    open.close();
    const again = openState(folder);
    const trace = { traceId: 'a', service: 's', operation: 'o', start: START, durationMs: 1, errors: 1 };
    const traces = Array.from({ length: 50 }, () => trace);
    const second = createIncidents({
      state: again,
      set: () => set,
      clock,
      evidence: async (incident, found) => ({
        ...NOTHING,
        traces,
        missing: [`#${incident.number} ${found?.name}`],
      }),
    });
    await second.collected();
    expect(second.get(1)!.evidence).toMatchObject({
      samples: { errors: { value: 0.08 } },
      missing: ['#1 errors'],
    });
    expect(second.get(1)!.evidence!.traces.length).toBe(10);
    await second.stop();
    again.close();
  });

  test('that cannot be had for ten minutes is given up, and says so', async () => {
    const state = openState(testFolder());
    const clock = { at: START, now: () => clock.at };
    const desk = createIncidents({
      state,
      set: () => ruleSet(),
      clock,
      evidence: () => Promise.reject(new Error('away')),
    });
    desk.apply(outcome(START, [fires()]));
    await desk.collected();
    clock.at += 10 * MINUTE;
    await desk.collected();
    expect(desk.get(1)!.evidence!.missing).toEqual(['Series, traces and logs could not be read: away']);
    expect(state.incidents.withoutEvidence(10)).toEqual([]);
    await desk.stop();
    state.close();
  });
});

describe('people', () => {
  test('acknowledge, which stops repeats and escalation', async () => {
    const shop = await fakeReceiver();
    const escalate = { after: 5 * MINUTE, receiver: 'r1' };
    const it = setting([{ url: shop.url, repeat: 10 * MINUTE, escalate }, { url: shop.url }]);
    await it.tick(0, [fires()]);
    it.desk.acknowledge(1, 'ada', 'on it');
    await it.tick(30);
    expect(shop.calls.map(({ json }) => json.type)).toEqual(['incident.triggered', 'incident.acknowledged']);
    expect(it.desk.get(1)!.incident).toMatchObject({ status: 'acknowledged', acknowledged: { by: 'ada' } });
    expect(() => it.desk.acknowledge(1, 'bob', '')).toThrow('acknowledged already, by ada');
    expect(() => it.desk.acknowledge(7, 'bob', '')).toThrow('There is no incident #7');
  });

  test('resolve by hand, also while it fires: it is told, not reopened, and the next one is another', async () => {
    const shop = await fakeReceiver();
    const rules = [
      rule({ else: [{ kind: 'incident', resolve: 'auto', after: 60 * MINUTE, retrospective: 'draft' }] }),
    ];
    const it = setting([{ url: shop.url, payload: 'alertmanager' }], { rules });
    await it.tick(0, [fires()]);
    it.desk.resolve(1, 'ada', 'the sensor was wrong');
    await it.tick(1);
    expect(shop.calls.map(({ json }) => json.status)).toEqual(['firing', 'resolved']);
    await it.tick(2, [ends()]);
    await it.tick(3, [fires()]);
    expect(shop.calls.map(({ json }) => json.incidents[0].number)).toEqual([1, 1, 2]);
    expect(() => it.desk.resolve(1, 'ada', '')).toThrow('#1 is resolved already');
  });

  test('comment, also afterwards', async () => {
    const it = setting([{ url: 'http://127.0.0.1:1/' }]);
    await it.tick(0, [fires()]);
    await it.tick(1, [ends()]);
    it.desk.comment(1, 'ada', 'it was the cache');
    expect(it.desk.get(1)!.timeline.at(-1)).toMatchObject({
      kind: 'commented',
      who: 'ada',
      text: 'it was the cache',
    });
  });

  test('silence by the API, which holds back like a file', async () => {
    const shop = await fakeReceiver();
    const it = setting([{ url: shop.url }]);
    it.state.silences.put({
      id: 'one',
      match: [{ key: 'service', op: '=', values: ['checkout'] }],
      from: START,
      to: START + 10 * MINUTE,
      by: 'ada',
      comment: '',
    });
    await it.tick(0, [fires()]);
    expect(shop.calls).toEqual([]);
    it.state.silences.remove('one');
    await it.tick(1);
    expect(shop.calls.length).toBe(1);
  });
});

test('a retrospective is drafted from what was recorded, and says when what happened', async () => {
  const shop = await fakeReceiver();
  const it = setting([{ url: shop.url }], { receivers: [receiver({ url: shop.url })] });
  await it.tick(0, [fires()]);
  expect(it.desk.get(1)!.retrospective).toBe('');
  it.desk.acknowledge(1, 'ada', 'looking');
  await it.tick(5, [ends()]);
  const { retrospective } = it.desk.get(1)!;
  expect(retrospective).toContain('# Retrospective: #1 Checkout errors are 8 %');
  expect(retrospective).toContain('- resolved: 2026-01-15T09:05:00Z (300 s after it began)');
  expect(retrospective).toMatch(/- first told: 2026-01-15T09:00:00Z/);
  expect(retrospective).toContain('errors was 0.08, from 100 event(s)');
  expect(retrospective).toContain('acknowledged (ada) looking');
  expect(retrospective).toContain('What was the cause');
});
