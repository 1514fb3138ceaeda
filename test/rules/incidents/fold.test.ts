/** Incidents open once, hold together, and end; whoever was told of the beginning is told of the end. */
import { describe, expect, test } from 'vitest';
import { emptyBook } from '../../../rules/incidents/book.ts';
import { foldTick } from '../../../rules/incidents/fold.ts';
import { badFilesOf } from '../../../rules/incidents/own.ts';
import { SEED, seeded } from '../../helpers/chance.ts';
import { ends, fires, MINUTE, outcome, receiver, rule, ruleSet, START, Ticks } from './make.ts';

describe('an incident', () => {
  test('is told once when it opens and once when it ends', () => {
    const ticks = new Ticks();
    expect(ticks.at(0, [fires({ from: 'pending' })])).toEqual(['shop triggered']);
    expect(ticks.at(1)).toEqual([]);
    expect(ticks.at(2, [ends()])).toEqual(['shop resolved']);
    expect(ticks.at(3)).toEqual([]);
    expect(ticks.notices.map(({ incident, status }) => [incident.number, status])).toEqual([
      [412, 'firing'],
      [412, 'resolved'],
    ]);
    expect(ticks.timeline).toEqual(['triggered', 'notified', 'left', 'resolved', 'notified']);
    expect(ticks.book.incidents.size).toBe(0);
  });

  test('is not opened by what is only pending, nor by a rule in shadow', () => {
    const ticks = new Ticks({ rules: [rule(), rule({ name: 'try', mode: 'shadow' })] });
    expect(ticks.at(0, [{ to: 'pending' }, { rule: 'try' }])).toEqual([]);
    expect(ticks.book.incidents.size).toBe(0);
  });

  test('holds the alerts with equal group_by labels; another value is another incident', () => {
    const ticks = new Ticks();
    const alert = (service: string, host: string) => ({ labels: { service, host } });
    expect(ticks.at(0, [alert('a', '1'), alert('a', '2'), alert('b', '1')])).toEqual([
      'shop triggered',
      'shop triggered',
    ]);
    const [a, b] = [...ticks.book.incidents.values()];
    expect(Object.keys(a!.alerts)).toEqual(['a-1', 'a-2']);
    expect(a!.labels).toEqual({ service: 'a', severity: 'page', alertname: 'errors' });
    expect(b!.labels).toMatchObject({ service: 'b', host: '1' });
    expect(ticks.at(1, [ends(alert('a', '1'))])).toEqual([]);
    expect(ticks.at(2, [ends(alert('a', '2'))])).toEqual(['shop resolved']);
  });

  test('tells of alerts that join at most once in a group interval', () => {
    const ticks = new Ticks();
    const host = (name: string) => ({ labels: { service: 'a', host: name } });
    ticks.at(0, [host('1')]);
    expect(ticks.at(1, [host('2')])).toEqual([]);
    expect(ticks.at(4.5, [host('3')])).toEqual([]);
    expect(ticks.at(5)).toEqual(['shop updated']);
    expect(ticks.at(10)).toEqual([]);
  });

  test('is reopened within `after`, and another one is opened later', () => {
    const ticks = new Ticks({
      rules: [
        rule({ else: [{ kind: 'incident', resolve: 'auto', after: 10 * MINUTE, retrospective: 'draft' }] }),
      ],
    });
    ticks.at(0, [fires()]);
    expect(ticks.at(2, [ends()])).toEqual(['shop resolved']);
    expect(ticks.at(11, [fires()])).toEqual(['shop reopened']);
    expect(ticks.at(12, [ends()])).toEqual(['shop resolved']);
    expect(ticks.at(23, [fires()])).toEqual(['shop triggered']);
    expect(ticks.notices.map(({ incident }) => incident.number)).toEqual([412, 412, 412, 412, 413]);
  });

  test('that people resolve stays open, and is told when it is quiet', () => {
    const ticks = new Ticks({
      rules: [rule({ else: [{ kind: 'incident', resolve: 'manual', after: 0, retrospective: 'draft' }] })],
    });
    ticks.at(0, [fires()]);
    expect(ticks.at(1, [ends()])).toEqual(['shop recovered']);
    expect(ticks.at(2, [fires()])).toEqual(['shop reopened']);
    expect([...ticks.book.incidents.values()][0]).toMatchObject({ number: 412, status: 'triggered' });
  });

  test('flaps: one notice, nothing more until it is steady, and then the end', () => {
    const ticks = new Ticks();
    ticks.at(0, [fires()]);
    expect(ticks.at(1, [ends({ flapping: true })])).toEqual(['shop flapping']);
    for (let minute = 2; minute < 40; minute += 2) {
      expect(ticks.at(minute, [fires({ flapping: true })])).toEqual([]);
      expect(ticks.at(minute + 1, [ends({ flapping: true })])).toEqual([]);
    }
    expect(ticks.at(60, [{ from: 'inactive', to: 'inactive', reason: 'flapping' }])).toEqual([
      'shop resolved',
    ]);
    expect(ticks.timeline.length).toBeLessThan(12);
  });

  test('ends with its reason when its rule is deleted, and tells those who knew', () => {
    const ticks = new Ticks();
    ticks.at(0, [fires()]);
    ticks.set = ruleSet({ rules: [] });
    expect(ticks.at(1, [ends({ reason: 'deleted', samples: {}, summary: '' })])).toEqual(['shop resolved']);
    expect(ticks.folds.at(-1)!.changed[0]!.resolved).toMatchObject({ by: 'loopwatch', reason: /gone/ });
  });

  test('ends when its instance vanishes without a word', () => {
    const ticks = new Ticks();
    ticks.at(0, [fires()]);
    expect(ticks.at(1, [], { removed: [{ rule: 'errors', fingerprint: 'checkout' }] })).toEqual([
      'shop resolved',
    ]);
  });

  test('follows its rule to a new name, and its alert to another group', () => {
    const ticks = new Ticks();
    ticks.at(0, [fires()]);
    ticks.set = ruleSet({ rules: [rule({ name: 'failures', previously: ['errors'], then: [] })] });
    expect(ticks.at(1)).toEqual([]);
    expect(ticks.at(2, [ends({ rule: 'failures' })])).toEqual(['shop resolved']);
    expect(ticks.notices.map(({ incident }) => incident.number)).toEqual([412, 412]);
  });
});

test('a data source that is down is one incident, told by the routes, and ends when it answers', () => {
  const route = { match: [], receiver: 'shop', groupBy: [], groupWait: 0, groupInterval: 0, muteTimes: [] };
  const ticks = new Ticks({ route: { ...route, continue: false, routes: [] } });
  expect(ticks.at(0, [], { sourceDown: 'no answer' })).toEqual(['shop triggered']);
  expect(ticks.at(1, [], { sourceDown: 'no answer' })).toEqual([]);
  expect(ticks.at(2)).toEqual(['shop resolved']);
  expect(ticks.notices[0]!.incident.title).toBe('Rules cannot look at the data: no answer');
});

test('rule files with mistakes are one incident until they are mended', () => {
  const ticks = new Ticks({
    route: {
      match: [],
      receiver: 'shop',
      groupBy: [],
      groupWait: 0,
      groupInterval: 0,
      muteTimes: [],
      continue: false,
      routes: [],
    },
  });
  const problem = { file: 'a.yaml', line: 3, column: 1, message: '"gtt" is not known here' };
  const badFiles = badFilesOf({ ...ticks.set, problems: [problem, { ...problem, file: 'b.yaml' }] });
  expect(ticks.at(0, [], { badFiles })).toEqual(['shop triggered']);
  expect(ticks.at(1, [], { badFiles: `${badFiles} And more.` })).toEqual([]);
  expect(ticks.at(2, [], { badFiles: badFilesOf({ ...ticks.set, problems: [] }) })).toEqual([
    'shop resolved',
  ]);
  expect(ticks.notices[0]!.incident).toMatchObject({
    title:
      'Rule files have mistakes and are not in force: a.yaml, b.yaml. First: a.yaml:3 "gtt" is not known here',
    labels: { severity: 'warning' },
  });
});

describe('random ticks', () => {
  const random = seeded();
  const hosts = ['1', '2', '3', '4'];
  const run = Array.from({ length: 400 }, (_, i) =>
    outcome(
      START + i * MINUTE,
      hosts
        .filter(() => random.next() < 0.3)
        .map((host) => ({
          labels: { service: Number(host) % 2 ? 'a' : 'b', host },
          ...(random.next() < 0.5 ? { from: 'firing', to: 'inactive' } : {}),
          flapping: random.next() < 0.2,
        })),
    ),
  );
  const set = ruleSet({
    receivers: [receiver({ repeat: 7 * MINUTE })],
    rules: [
      rule({ else: [{ kind: 'incident', resolve: 'auto', after: 3 * MINUTE, retrospective: 'draft' }] }),
    ],
  });
  const foldAll = () => {
    let book = emptyBook();
    return run.map((tick) => {
      const folded = foldTick(book, tick, set);
      book = folded.book;
      return folded;
    });
  };

  test(`fold to the same result twice (SEED=${SEED})`, () => {
    const plain = () => JSON.stringify(foldAll().map(({ book, ...rest }) => [rest, [...book.incidents]]));
    expect(plain()).toBe(plain());
  });

  test(`give each incident growing revisions, and an end after each beginning (SEED=${SEED})`, () => {
    const last = new Map<number, { revision: number; status: string }>();
    for (const { notices } of foldAll())
      for (const { incident, status, kind } of notices) {
        const before = last.get(incident.number);
        expect(incident.revision).toBeGreaterThan(before?.revision ?? 0);
        if (before === undefined) expect(kind).toBe('triggered');
        if (before?.status === 'resolved') expect(kind).toBe('reopened');
        last.set(incident.number, { revision: incident.revision, status });
      }
    expect(last.size).toBeGreaterThan(5);
  });

  test(`leave the book they were given as it was (SEED=${SEED})`, () => {
    const folds = foldAll();
    const before = JSON.stringify(folds.map(({ book }) => [...book.incidents]));
    for (const [i, tick] of run.entries()) foldTick(i === 0 ? emptyBook() : folds[i - 1]!.book, tick, set);
    expect(JSON.stringify(folds.map(({ book }) => [...book.incidents]))).toBe(before);
  });
});
