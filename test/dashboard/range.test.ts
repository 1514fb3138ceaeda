import { describe, expect, test } from 'vitest';
import {
  around,
  boundAt,
  DEFAULT_RANGE,
  isLive,
  pinned,
  rangeLabel,
  rangePhrase,
  shifted,
  windowOf,
  zoomed,
} from '../../dashboard/src/state/range.ts';

const NOW = Date.parse('2026-11-21T14:05:10.000Z');
const H = 3_600_000;
const hourAgo = { from: '2026-11-21T13:00:00.000Z', to: '2026-11-21T13:30:00.000Z' };

test.each([
  ['now', NOW],
  ['now-15m', NOW - H / 4],
  ['now-7d', NOW - 168 * H],
  ['1763733910000', 1_763_733_910_000],
  ['2026-11-21T13:00:00Z', NOW - 65 * 60_000 - 10_000],
  ['yesterday', null],
  ['now+1h', null],
  ['', null],
])('the bound %j is read', (bound, at) => expect(boundAt(bound, NOW)).toBe(at));

test('an empty or reversed window is none', () => {
  expect(windowOf({ from: 'now', to: 'now' }, NOW)).toBeNull();
  expect(windowOf({ from: 'now', to: 'now-1h' }, NOW)).toBeNull();
});

test('only a window that ends now is live', () => {
  expect(isLive(DEFAULT_RANGE)).toBe(true);
  expect(isLive({ from: 'now-2h', to: 'now-1h' })).toBe(false);
  expect(isLive(hourAgo)).toBe(false);
});

describe('a range has a name', () => {
  test.each([
    [DEFAULT_RANGE, 'Last hour', 'in the last hour'],
    [{ from: 'now-28d', to: 'now' }, 'Last 28 days', 'in the last 28 days'],
    [{ from: 'now-30m', to: 'now' }, 'Last 30 min', 'in the last 30 min'],
    [{ from: 'x', to: 'now' }, 'Unreadable time', 'in that time'],
  ])('%j', (range, name, phrase) => {
    expect(rangeLabel(range, NOW)).toBe(name);
    expect(rangePhrase(range, NOW)).toBe(phrase);
  });
});

describe('moving through time', () => {
  test('[ goes half a window back and leaves live', () => {
    const range = shifted(DEFAULT_RANGE, -1, NOW);
    expect(windowOf(range, NOW)).toEqual({ from: NOW - 1.5 * H, to: NOW - 0.5 * H });
  });
  test('] at the end of time stays there', () => expect(shifted(DEFAULT_RANGE, 1, NOW)).toBe(DEFAULT_RANGE));
  test('] that reaches now is live again with the same width', () => {
    expect(shifted(shifted(DEFAULT_RANGE, -1, NOW), 1, NOW + 60_000)).toEqual({ from: 'now-1h', to: 'now' });
  });
  test('− doubles and + halves a live window up to now', () => {
    expect(zoomed(DEFAULT_RANGE, 2, NOW)).toEqual({ from: 'now-2h', to: 'now' });
    expect(zoomed(DEFAULT_RANGE, 0.5, NOW)).toEqual({ from: 'now-30m', to: 'now' });
    expect(zoomed({ from: 'now-1m', to: 'now' }, 0.5, NOW)).toEqual({ from: 'now-1m', to: 'now' });
  });
  test('a fixed window zooms around its middle and not beyond now', () => {
    expect(zoomed(hourAgo, 2, NOW)).toEqual({
      from: '2026-11-21T12:45:00.000Z',
      to: '2026-11-21T13:45:00.000Z',
    });
    expect(windowOf(zoomed(hourAgo, 8, NOW), NOW)!.to).toBe(NOW);
  });
  test('around a moment lies a window as wide as before', () => {
    const window = windowOf(around(DEFAULT_RANGE, NOW - 10 * H, NOW), NOW)!;
    expect(window).toEqual({ from: NOW - 10.5 * H, to: NOW - 9.5 * H });
    expect(around(DEFAULT_RANGE, NOW - 1000, NOW)).toEqual(DEFAULT_RANGE);
  });
  test('a pinned range means the same tomorrow', () => {
    expect(pinned(DEFAULT_RANGE, NOW)).toEqual({
      from: '2026-11-21T13:05:10.000Z',
      to: '2026-11-21T14:05:10.000Z',
    });
  });
  test('an unreadable range stays as it is, for the API to name', () => {
    const broken = { from: 'x', to: 'y' };
    expect([shifted(broken, -1, NOW), zoomed(broken, 2, NOW), pinned(broken, NOW)]).toEqual([
      broken,
      broken,
      broken,
    ]);
  });
});
