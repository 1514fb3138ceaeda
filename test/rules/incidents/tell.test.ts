/** Who is told, when, and what holds it back. */
import { describe, expect, test } from 'vitest';
import type { Inhibition, MuteTime, Route, Silence } from '../../../model/rule.ts';
import { isMuted } from '../../../rules/incidents/mute-times.ts';
import { ends, fires, MINUTE, receiver, rule, START, Ticks } from './make.ts';

const route = (changes: Partial<Route> = {}): Route => ({
  match: [],
  receiver: 'shop',
  groupBy: [],
  groupWait: 0,
  groupInterval: 0,
  muteTimes: [],
  continue: false,
  routes: [],
  ...changes,
});
const eq = (key: string, ...values: string[]) => ({ key, op: '=' as const, values });
const silent = rule({ then: [], else: [] });

describe('a route', () => {
  test('takes what no rule sends anywhere: the first child that matches, and the next with `continue`', () => {
    const ticks = new Ticks({
      rules: [silent],
      route: route({
        routes: [
          route({ match: [eq('service', 'search')], receiver: 'search' }),
          route({ match: [eq('severity', 'page')], receiver: 'pager', continue: true }),
          route({ match: [{ key: 'service', op: '=~', values: ['check.*'] }], receiver: 'shop' }),
          route({ receiver: 'never' }),
        ],
      }),
    });
    expect(ticks.at(0, [fires()])).toEqual(['pager triggered', 'shop triggered']);
  });

  test('does not replace the receivers that a rule names', () => {
    const ticks = new Ticks({ route: route({ receiver: 'pager' }) });
    expect(ticks.at(0, [fires()])).toEqual(['shop triggered']);
  });
});

describe('a silence', () => {
  const silence = (changes: Partial<Silence> = {}): Silence => ({
    id: 'deploy',
    match: [eq('service', 'checkout')],
    from: START,
    to: START + 30 * MINUTE,
    by: 'ada',
    comment: 'deploying',
    ...changes,
  });

  test('holds back until it ends while the rule fires', () => {
    const ticks = new Ticks({ silences: [silence()] });
    expect(ticks.at(0, [fires()])).toEqual([]);
    expect(ticks.at(29)).toEqual([]);
    expect(ticks.at(30)).toEqual(['shop triggered']);
    expect(ticks.timeline).toEqual(['triggered', 'held', 'notified']);
  });

  test('that is edited or removed while the rule fires counts at once', () => {
    const ticks = new Ticks({ silences: [silence()] });
    ticks.at(0, [fires()]);
    ticks.set = { ...ticks.set, silences: [silence({ match: [eq('service', 'other')] })] };
    expect(ticks.at(1)).toEqual(['shop triggered']);
  });

  test('that covers all of it hides the end of what nobody heard of', () => {
    const ticks = new Ticks({ silences: [silence()] });
    ticks.at(0, [fires()]);
    expect(ticks.at(5, [ends()])).toEqual([]);
    expect(ticks.at(31)).toEqual([]);
  });

  test('does not hold back the end of what was told', () => {
    const ticks = new Ticks();
    ticks.at(0, [fires()]);
    ticks.set = { ...ticks.set, silences: [silence()] };
    expect(ticks.at(1, [ends()])).toEqual(['shop resolved']);
  });

  test('of some alerts leaves the others', () => {
    const ticks = new Ticks({ silences: [silence({ match: [eq('host', '1')] })] });
    const host = (name: string) => fires({ labels: { service: 'a', host: name } });
    expect(ticks.at(0, [host('1'), host('2')])).toEqual(['shop triggered']);
    expect(Object.keys(ticks.notices[0]!.incident.alerts)).toEqual(['a-2']);
  });

  test('without matchers silences nothing', () => {
    expect(new Ticks({ silences: [silence({ match: [] })] }).at(0, [fires()])).toEqual(['shop triggered']);
  });
});

describe('a mute time', () => {
  const night: MuteTime = {
    name: 'night',
    zone: 'Europe/Berlin',
    intervals: [{ weekdays: [5], from: 22 * 60, to: 6 * 60 }],
  };
  const at = (text: string) => isMuted(night, Date.parse(text));

  test('goes by the clock of its zone and over midnight', () => {
    // Friday 22:00 in Berlin is 21:00 UTC in winter and 20:00 in summer.
    expect(at('2026-01-16T20:59:59Z')).toBe(false);
    expect(at('2026-01-16T21:00:00Z')).toBe(true);
    expect(at('2026-01-17T04:59:59Z')).toBe(true);
    expect(at('2026-01-17T05:00:00Z')).toBe(false);
    expect(at('2026-01-17T21:30:00Z'), 'Saturday night').toBe(false);
    expect(at('2026-07-17T20:00:00Z'), 'summer').toBe(true);
  });

  test('of a route holds back until it is over', () => {
    const muteTimes = [{ name: 'now', zone: 'UTC', intervals: [{ weekdays: [], from: 540, to: 570 }] }];
    const ticks = new Ticks({ rules: [silent], muteTimes, route: route({ muteTimes: ['now'] }) });
    expect(ticks.at(0, [fires()])).toEqual([]);
    expect(ticks.at(30)).toEqual(['shop triggered']);
  });
});

describe('an inhibition', () => {
  const inhibition: Inhibition = {
    source: [eq('alertname', 'down')],
    target: [eq('alertname', 'errors')],
    equal: ['cluster', 'service'],
  };
  const rules = [rule(), rule({ name: 'down', then: [], else: [] })];

  test('holds back what has equal labels; labels that both lack are equal', () => {
    const ticks = new Ticks({ rules, inhibitions: [inhibition] });
    expect(ticks.at(0, [fires(), fires({ rule: 'down' })]), 'the source comes later in the tick').toEqual([]);
    expect(ticks.at(1, [ends({ rule: 'down' })])).toEqual(['shop triggered']);
  });

  test('leaves what differs', () => {
    const ticks = new Ticks({ rules, inhibitions: [inhibition] });
    const down = fires({ rule: 'down', labels: { service: 'checkout', cluster: 'b' } });
    expect(ticks.at(0, [down, fires()])).toEqual(['shop triggered']);
  });

  test('does not let an incident inhibit itself', () => {
    const all = { source: [eq('severity', 'page')], target: [eq('severity', 'page')], equal: [] };
    expect(new Ticks({ inhibitions: [all] }).at(0, [fires()])).toEqual(['shop triggered']);
  });
});

describe('a repeat', () => {
  test('comes at multiples of its time since the first notice, whenever ticks come', () => {
    const ticks = new Ticks({ receivers: [receiver({ repeat: 60 * MINUTE })] });
    ticks.at(0, [fires()]);
    const told: number[] = [];
    for (let minute = 7; minute < 400; minute += 7) if (ticks.at(minute).length > 0) told.push(minute);
    expect(told).toEqual([63, 126, 182, 245, 301, 364]);
  });

  test('is one after a long pause, and stops with the end', () => {
    const ticks = new Ticks({ receivers: [receiver({ repeat: 10 * MINUTE })] });
    ticks.at(0, [fires()]);
    expect(ticks.at(95)).toEqual(['shop repeated']);
    expect(ticks.at(99)).toEqual([]);
    expect(ticks.at(100)).toEqual(['shop repeated']);
    expect(ticks.at(101, [ends()])).toEqual(['shop resolved']);
    expect(ticks.at(200)).toEqual([]);
  });
});

describe('an escalation', () => {
  const receivers = [
    receiver({ escalate: { after: 15 * MINUTE, receiver: 'boss' } }),
    receiver({ name: 'boss', escalate: { after: 5 * MINUTE, receiver: 'all' } }),
    receiver({ name: 'all' }),
  ];

  test('goes on from receiver to receiver until somebody acknowledges, each once', () => {
    const ticks = new Ticks({ receivers });
    ticks.at(0, [fires()]);
    expect(ticks.at(14)).toEqual([]);
    expect(ticks.at(15)).toEqual(['boss escalated']);
    expect([...ticks.book.incidents.values()][0]!.status).toBe('escalated');
    expect(ticks.at(19)).toEqual([]);
    expect(ticks.at(20)).toEqual(['all escalated']);
    expect(ticks.at(60)).toEqual([]);
    expect(ticks.at(61, [ends()])).toEqual(['shop resolved', 'boss resolved', 'all resolved']);
  });

  test('does not come while the first is held back', () => {
    const muteTimes = [{ name: 'now', zone: 'UTC', intervals: [{ weekdays: [], from: 540, to: 570 }] }];
    const ticks = new Ticks({ receivers, muteTimes, route: route({ muteTimes: ['now'] }) });
    ticks.at(0, [fires()]);
    expect(ticks.at(20)).toEqual([]);
    expect(ticks.at(30)).toEqual(['shop triggered']);
    expect(ticks.at(45)).toEqual(['boss escalated']);
  });

  test('of a route goes before that of the receiver', () => {
    const ticks = new Ticks({ receivers, route: route({ escalate: { after: MINUTE, receiver: 'all' } }) });
    ticks.at(0, [fires()]);
    expect(ticks.at(1)).toEqual(['all escalated']);
  });
});

test('a receiver that wants no ends gets none', () => {
  const ticks = new Ticks({ receivers: [receiver({ sendResolved: false })] });
  ticks.at(0, [fires()]);
  expect(ticks.at(1, [ends()])).toEqual([]);
});
