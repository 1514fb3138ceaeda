/** What the capacity page says, sentence by sentence, and what its chart draws. */
import { describe, expect, test } from 'vitest';
import { scatter } from '../../dashboard/src/charts/scatter.ts';
import {
  bottleneckSentence,
  breaksSentence,
  fullSentence,
  fullWords,
  resourceName,
  roomSentence,
  roomWords,
  toneOfResource,
  usedWords,
  weekWords,
} from '../../dashboard/src/state/capacity.ts';
import { type ResourceView, tightness } from '../../model/capacity.ts';
import { roomOf } from '../../model/room.ts';

const LINE = Array.from({ length: 10 }, (_, i) => ({
  at: i,
  load: 5 * (i + 1),
  use: 0.1 + (5 * (i + 1)) / 100,
}));
const ROOM = roomOf(LINE);
const NO_ROOM = { known: false, why: 'no-load', fit: null } as const;

function resource(more: Partial<ResourceView> = {}): ResourceView {
  return {
    ...{ id: 'event-loop|shop|', kind: 'event-loop', owner: 'shop', instance: 'a', instances: 1, member: '' },
    ...{ metric: 'nodejs.eventloop.utilization', used: 0.6, amount: null, weekAgo: null, saturation: null },
    ...{ room: ROOM, full: null, points: LINE },
    ...more,
  };
}

test('a resource is called by its kind and its place', () => {
  expect(resourceName({ kind: 'filesystem', member: '/data' })).toBe('Disk /data');
  expect(resourceName(resource())).toBe('Event loop');
});

test('use is a share of its limit, or an amount with its unit', () => {
  expect(usedWords(resource())).toBe('60 %');
  expect(usedWords(resource({ used: null, amount: { value: 4e8, unit: 'By' } }))).toBe('400 MB');
  expect(usedWords(resource({ used: null, amount: { value: 0.34, unit: '{cpu}' } }))).toBe('0.34 CPU');
});

test.each([
  [null, '–'],
  [0.61, '≈'],
  [0.4, '+50 %'],
  [1.2, '−50 %'],
  [0.001, 'far more'],
  [0, 'far more'],
])('against %j a week ago: %s', (weekAgo, words) => expect(weekWords(resource({ weekAgo }))).toBe(words));

test('room is told with its line, and its absence with the reason', () => {
  expect(roomWords(ROOM)).toBe('1.4 ×');
  expect(roomSentence(ROOM)).toBe('Fitted use reaches 80 % at 70 requests/min, 1.4 × the peak of 50 (R² 1).');
  expect(roomWords(NO_ROOM)).toBe('use only');
  expect(roomSentence(NO_ROOM)).toBe('Its service served no requests in this time.');
});

test('full in is told with its range, and its absence with the reason', () => {
  const full = { known: true, days: 12.4, earliest: 8, latest: 20 } as const;
  expect(fullWords(full)).toBe('12 d (8 d–20 d)');
  expect(fullWords({ known: false, why: 'emptied' })).toBe('–');
  expect(fullSentence({ known: false, why: 'emptied' })).toBe(
    'No number: it was emptied in the last 7 days.',
  );
});

describe('a resource is', () => {
  test.each([
    ['full from 80 %', { used: 0.8, room: NO_ROOM }, 'bad'],
    ['full when its peak load is too much', { room: { ...ROOM, times: 0.9 } }, 'bad'],
    ['tight below 1.5 times the peak', {}, 'watch'],
    [
      'tight when full within 28 days',
      { room: NO_ROOM, full: { known: true, days: 9, earliest: 8, latest: 10 } },
      'watch',
    ],
    ['unknown without room', { room: NO_ROOM }, 'new'],
    ['well with much room', { room: { ...ROOM, times: 3 } }, 'ok'],
  ])('%s', (_, more, tone) => expect(toneOfResource(resource(more as Partial<ResourceView>))).toBe(tone));

  test('the tighter the nearer it is to its limit', () => {
    expect(tightness(resource())).toBeCloseTo(0.75);
    expect(tightness(resource({ used: 0.8 }))).toBeCloseTo(1);
    expect(tightness(resource({ full: { known: true, days: 14, earliest: 1, latest: 20 } }))).toBeCloseTo(2);
    expect(tightness(resource({ used: null, room: NO_ROOM }))).toBe(0);
  });
});

test('the bottleneck is named with its reason, and is none without one', () => {
  const most = { service: 'db', share: 0.62, selfMs: 90, traces: 40 };
  expect(bottleneckSentence({ ...most, because: null }, [])).toBe(
    'Most time of slow traces is spent in db (62 %), not a bottleneck.',
  );
  const use = { kind: 'use', resource: 'event-loop|shop|', used: 0.91 } as const;
  expect(bottleneckSentence({ ...most, because: use }, [resource()])).toBe(
    'db is the bottleneck: 62 % of the time of slow traces, and its Event loop is used to 91 %.',
  );
});

test('what breaks first is named, or that nothing does', () => {
  expect(breaksSentence([resource()], 1.5)).toBe(
    'At 1.5 × the peak load the Event loop of shop breaks first, at 85 % use.',
  );
  expect(breaksSentence([resource()], 1.1)).toContain('Nothing whose use follows load reaches 80 %');
  expect(breaksSentence([resource({ room: NO_ROOM })], 2)).toContain('nobody can say');
});

test('the drawing reaches as far as the safe use, and the line stays in it', () => {
  const drawn = scatter(resource(), 1, 100, 100);
  expect(drawn.maxLoad).toBeCloseTo(73.5);
  expect(drawn.safeY).toBeCloseTo(20);
  expect(drawn.safeX).toBeCloseTo((70 / 73.5) * 100, 0);
  expect(drawn.line).toBe('M0 90L100 16.5');
  expect(scatter(resource({ points: [], room: NO_ROOM }), 1, 100, 100).line).toBe('');
});
