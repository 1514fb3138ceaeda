/** Windows of promises by the clocks of their zones, and what of them does not count. */
import { describe, expect, test } from 'vitest';
import { excludedWithin, windowAt } from '../../model/slo/window.ts';
import { momentOf } from '../../model/slo/zone.ts';

const iso = (at: number) => new Date(at).toISOString().slice(0, 16);
const shown = (range: { from: number; to: number }) => `${iso(range.from)} ${iso(range.to)}`;
const DAY = 86_400_000;

describe('a window', () => {
  test('that rolls ends with the minute that has begun', () => {
    const now = Date.parse('2026-03-10T12:00:30Z');
    expect(shown(windowAt({ rolling: 28 * DAY }, now))).toBe('2026-02-10T12:01 2026-03-10T12:01');
  });

  test.each([
    ['month', 'Europe/Berlin', '2026-03-31T22:30:00Z', '2026-03-31T22:00', '2026-04-30T22:00'],
    ['month', 'UTC', '2026-03-31T22:30:00Z', '2026-03-01T00:00', '2026-04-01T00:00'],
    ['week', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-22T23:00', '2026-03-29T22:00'],
    ['quarter', 'America/New_York', '2026-02-01T00:00:00Z', '2026-01-01T05:00', '2026-04-01T04:00'],
    ['month', 'Asia/Kolkata', '2026-12-31T18:29:00Z', '2026-11-30T18:30', '2026-12-31T18:30'],
  ] as const)('of a %s in %s at %s', (calendar, zone, now, from, end) => {
    const window = windowAt({ calendar, zone }, Date.parse(now));
    expect([iso(window.from), iso(window.end!)]).toEqual([from, end]);
  });

  test('begins at midnight also where summer time takes the hour away', () => {
    // In Santiago the clocks go from 24:00 to 1:00 on 6 September 2026.
    expect(iso(momentOf('America/Santiago', 2026, 9, 6))).toBe('2026-09-06T04:00');
    expect(iso(momentOf('Europe/Berlin', 2026, 3, 29, 150))).toBe('2026-03-29T01:30');
  });
});

describe('maintenance', () => {
  const range = { from: Date.parse('2026-03-23T00:00:00Z'), to: Date.parse('2026-03-31T00:00:00Z') };
  const period = (from: string, to: string) => ({ from: Date.parse(from), to: Date.parse(to), comment: '' });
  const nightly = {
    name: 'nightly',
    zone: 'Europe/Berlin',
    intervals: [{ weekdays: [6, 7], from: 120, to: 240 }],
  };

  test('is what its periods and mute times cover in the window, by the clock of their zone', () => {
    const excluded = excludedWithin(
      { muteTimes: ['nightly'], periods: [period('2026-03-20T00:00:00Z', '2026-03-23T06:00:00Z')] },
      [nightly, { ...nightly, name: 'other' }],
      range,
    );
    // On Sunday summer time begins: from 2:00, which does not exist, to 4:00 is one hour.
    expect(excluded.map(shown)).toEqual([
      '2026-03-23T00:00 2026-03-23T06:00',
      '2026-03-28T01:00 2026-03-28T03:00',
      '2026-03-29T01:00 2026-03-29T02:00',
    ]);
  });

  test('that overlaps counts once', () => {
    const periods = [
      period('2026-03-24T02:00:00Z', '2026-03-24T04:00:00Z'),
      period('2026-03-24T00:00:00Z', '2026-03-24T03:00:00Z'),
      period('2026-03-24T04:00:00Z', '2026-03-24T05:00:00Z'),
    ];
    expect(excludedWithin({ muteTimes: [], periods }, [], range).map(shown)).toEqual([
      '2026-03-24T00:00 2026-03-24T05:00',
    ]);
  });
});
