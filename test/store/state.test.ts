/** The state file: whole transactions, a schema that is never half, and lists that page. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Incident } from '../../model/incident.ts';
import { openState } from '../../store/state/open.ts';
import type { NewMessage, State } from '../../store/state/state.ts';
import { testFolder } from '../helpers/folder.ts';

function open(folder = testFolder()): State {
  const state = openState(folder);
  onTestFinished(() => {
    try {
      state.close();
    } catch {
      // Closed by the test itself.
    }
  });
  return state;
}

const incident = (number: number, changes: Partial<Incident> = {}): Incident => ({
  number,
  key: `errors{host="${number}"}`,
  rule: 'errors',
  owner: '',
  runbook: '',
  title: `Errors on ${number}`,
  severity: 'page',
  labels: { host: String(number) },
  group: {},
  status: 'triggered',
  openedAt: number,
  acknowledged: null,
  resolved: null,
  reopenUntil: 0,
  reopened: 0,
  flapping: false,
  revision: 1,
  alerts: {},
  recipients: {},
  ...changes,
});
const message = (changes: Partial<NewMessage> = {}): NewMessage => ({
  receiver: 'shop',
  group: 'g',
  incidents: [1],
  kind: 'triggered',
  content: '{}',
  createdAt: 1,
  due: 1,
  ...changes,
});

describe('the file', () => {
  test('keeps what a finished transaction wrote and nothing of one that failed', () => {
    const folder = testFolder();
    const first = open(folder);
    first.transaction(() => first.flags.set('a', '1'));
    expect(() =>
      first.transaction(() => {
        first.flags.set('a', '2');
        first.incidents.put([incident(1)]);
        throw new Error('stop');
      }),
    ).toThrow('stop');
    first.close();
    const second = open(folder);
    expect([second.flags.get('a'), second.incidents.get(1)]).toEqual(['1', null]);
  });

  test('is synced with each transaction', () => {
    const folder = testFolder();
    open(folder);
    const db = new DatabaseSync(join(folder, 'state.db'));
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    db.close();
  });

  test('of a newer release is refused and left alone', () => {
    const folder = testFolder();
    open(folder).close();
    const db = new DatabaseSync(join(folder, 'state.db'));
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => openState(folder)).toThrow(/newer Loopwatch \(schema step 99/);
  });

  test('that is none says what to do', () => {
    const folder = testFolder();
    writeFileSync(join(folder, 'state.db'), 'x'.repeat(5_000));
    expect(() => openState(folder)).toThrow(/cannot be used.*move it away/s);
  });

  test('names its installation once, in the ids of its messages', () => {
    const folder = testFolder();
    const first = open(folder);
    const id = first.outbox.add(message());
    expect(id).toMatch(/^msg_[0-9a-f]{12}_1$/);
    first.close();
    expect(open(folder).outbox.add(message())).toBe(id.replace(/1$/, '2'));
  });
});

describe('the list of incidents', () => {
  test('is newest first, in pages, by what is asked for', () => {
    const state = open();
    state.incidents.put(
      Array.from({ length: 7 }, (_, i) =>
        incident(i + 1, i % 2 ? { status: 'resolved', resolved: { at: 9, by: 'ada', reason: '' } } : {}),
      ),
    );
    const page = state.incidents.list({ limit: 3 });
    expect(page.incidents.map(({ number }) => number)).toEqual([7, 6, 5]);
    const next = state.incidents.list({ limit: 10, before: page.next! });
    expect([next.incidents.map(({ number }) => number), next.next]).toEqual([[4, 3, 2, 1], null]);
    const numbers = (filter: object) =>
      state.incidents.list({ limit: 10, ...filter }).incidents.map(({ number }) => number);
    expect(numbers({ status: 'open' })).toEqual([7, 5, 3, 1]);
    expect(numbers({ status: 'resolved' })).toEqual([6, 4, 2]);
    expect(numbers({ text: 'ERRORS ON 5' })).toEqual([5]);
    expect(numbers({ text: "%' OR 1=1 --" })).toEqual([]);
    expect(numbers({ rule: 'other' })).toEqual([]);
    expect(numbers({ severity: 'page', before: 3 })).toEqual([2, 1]);
  });

  test('live ones are those that are open or may be reopened', () => {
    const state = open();
    const resolved = { at: 5, by: 'ada', reason: '' };
    state.incidents.put([
      incident(1),
      incident(2, { status: 'resolved', resolved, reopenUntil: 10 }),
      incident(3, { status: 'resolved', resolved }),
    ]);
    expect(state.incidents.live(9).map(({ number }) => number)).toEqual([1, 2]);
    expect(state.incidents.live(10).map(({ number }) => number)).toEqual([1]);
    expect(state.incidents.lastNumber()).toBe(3);
  });
});

describe('the outbox', () => {
  test('lets a message grow until its first attempt or until it is due', () => {
    const { outbox } = open();
    outbox.add(message({ due: 100 }));
    const growing = outbox.growing('shop', 'g', 50)!;
    outbox.grow({ seq: growing.seq, incidents: [1, 2], kind: 'triggered', content: '{"a":1}' });
    expect(outbox.waiting('shop', 10)).toMatchObject([{ incidents: [1, 2], content: '{"a":1}' }]);
    expect(outbox.growing('shop', 'g', 100)).toBe(null);
    outbox.attempt(growing.seq, 60);
    expect(outbox.growing('shop', 'g', 50)).toBe(null);
  });

  test('keeps order, forgets only what is settled, and counts', () => {
    const { outbox } = open();
    for (const [i, receiver] of ['shop', 'shop', 'other'].entries())
      outbox.add(message({ receiver, incidents: [i], createdAt: i }));
    const [first, second] = outbox.waiting('shop', 10);
    outbox.delivered(first!.seq, 10);
    outbox.dead(second!.seq, 20, 'no');
    expect(outbox.waitsFor('other', 2)).toBe(true);
    expect(outbox.waitsFor('shop', 0)).toBe(false);
    outbox.prune(15);
    expect(outbox.deadLetters(10)).toMatchObject([{ id: second!.id, diedAt: 20, error: 'no' }]);
    expect(outbox.counts()).toEqual([
      { receiver: 'other', waiting: 1, dead: 0, oldest: 2 },
      { receiver: 'shop', waiting: 0, dead: 1, oldest: null },
    ]);
    expect([outbox.revive(second!.id, 30), outbox.revive(second!.id, 30)]).toEqual([true, false]);
    expect(outbox.waiting('shop', 10)).toMatchObject([{ id: second!.id, attempts: 0 }]);
  });
});

test('silences are those that have not ended, and the others when asked for', () => {
  const { silences } = open();
  const silence = (id: string, to: number) => ({ id, match: [], from: 0, to, by: '', comment: '' });
  silences.put(silence('a', 10));
  silences.put(silence('b', 20));
  silences.put(silence('a', 15));
  expect(silences.list(15).map(({ id }) => id)).toEqual(['b']);
  expect(silences.list(15, { ended: true }).map(({ id }) => id)).toEqual(['b', 'a']);
  expect([silences.remove('b'), silences.remove('b'), silences.get('b')]).toEqual([true, false, null]);
});
