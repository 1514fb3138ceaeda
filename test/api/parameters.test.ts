import { describe, expect, test } from 'vitest';
import { rangeParameters, timeRange, traceParameters } from '../../api/parameters.ts';
import { minuteGrid } from '../../store/queries/window.ts';

const NOW = Date.UTC(2026, 0, 31, 12);
const HOUR = 3_600_000;

describe('timeRange', () => {
  test.each<[string, string, { from: number; to: number }]>([
    ['now-1h', 'now', { from: NOW - HOUR, to: NOW }],
    ['now-15m', 'now', { from: NOW - HOUR / 4, to: NOW }],
    ['now-2d', 'now-1d', { from: NOW - 48 * HOUR, to: NOW - 24 * HOUR }],
    [String(NOW - 5), String(NOW), { from: NOW - 5, to: NOW }],
    ['2026-01-31T10:00:00Z', '2026-01-31T11:00:00Z', { from: NOW - 2 * HOUR, to: NOW - HOUR }],
    ['2026-01-31T11:00:00+01:00', 'now', { from: NOW - 2 * HOUR, to: NOW }],
    ['2026-01-31', 'now', { from: NOW - 12 * HOUR, to: NOW }],
  ])('reads %s to %s', (from, to, range) => {
    expect(timeRange(from, to, NOW)).toEqual(range);
  });

  test.each([
    ['now', 'now', /"from" must lie before "to"/],
    ['now-1h', 'now-2h', /"from" must lie before "to"/],
    ['now-401d', 'now', /longer than 400 days/],
    ['yesterday', 'now', /^from: "yesterday" is not a time; give now, now-15m/],
    ['now-1h', 'later', /^to: "later" is not a time/],
    ['now-', 'now', /^from: /],
    ['now-5', 'now', /^from: /],
    ['now-5y', 'now', /^from: /],
    ['now+1h', 'now', /^from: /],
    ['now--1h', 'now', /^from: /],
    ['now-1e9d', 'now', /^from: /],
    ['-5', 'now', /^from: /],
    ['', 'now', /^from: /],
    ['noon 1', 'now', /^from: /],
    ['2026', 'now', /^from: /],
    ['99999999999999999', 'now', /^from: /],
    ['9999999999999999', 'now', /^from: /],
    ["now-1h'; DROP TABLE x", 'now', /^from: /],
  ])('refuses %j to %j', (from, to, sentence) => {
    expect(() => timeRange(from, to, NOW)).toThrow(
      expect.objectContaining({ code: 'invalid_parameter', message: expect.stringMatching(sentence) }),
    );
  });

  test('never quotes more than a line of what was given', () => {
    expect(() => timeRange('x'.repeat(1_000), 'now', NOW)).toThrow(/^from: "x{100}" is not a time/);
  });
});

describe('parameters', () => {
  test('have defaults', () => {
    expect(rangeParameters.parse({})).toEqual({ from: 'now-1h', to: 'now', env: '' });
    expect(traceParameters.parse({})).toMatchObject({ f: [], sort: 'recent', limit: 50 });
  });

  test('of a search are read', () => {
    expect(
      traceParameters.parse({
        service: 'a',
        min: '250ms',
        max: '2s',
        status: 'error',
        sort: 'slowest',
        limit: '7',
      }),
    ).toMatchObject({ service: 'a', min: 250, max: 2_000, status: 'error', sort: 'slowest', limit: 7 });
  });

  test.each([
    ['user:ann', [{ key: 'user', value: 'ann' }]],
    [
      ['url:http://x:1/', 'empty:'],
      [
        { key: 'url', value: 'http://x:1/' },
        { key: 'empty', value: '' },
      ],
    ],
  ])('filter %j', (f, wanted) => {
    expect(traceParameters.parse({ f }).f).toEqual(wanted);
  });

  test.each([
    ['from', { from: 'x'.repeat(1_001) }],
    ['env', { env: 'x'.repeat(1_001) }],
    ['status', { status: 'ok' }],
    ['min', { min: '5' }],
    ['max', { max: '-5ms' }],
    ['f', { f: 'no colon' }],
    ['f', { f: ':value' }],
    ['f', { f: Array(11).fill('a:b') }],
    ['sort', { sort: 'name' }],
    ['limit', { limit: '0' }],
    ['limit', { limit: '501' }],
    ['limit', { limit: '1.5' }],
    ['limit', { limit: 'many' }],
  ])('refuse %s: %j', (name, given) => {
    const { error } = traceParameters.safeParse(given);
    expect(error?.issues.map((issue) => issue.path[0])).toEqual([name]);
  });
});

describe('the minutes that stand for a range', () => {
  test.each([
    [
      'an hour is 60 minutes, the last still growing',
      { from: NOW - HOUR + 20_000, to: NOW + 20_000 },
      60,
      2,
      30,
    ],
    ['an hour on the minute', { from: NOW - HOUR, to: NOW }, 60, 2, 30],
    ['15 minutes', { from: NOW - HOUR / 4, to: NOW }, 15, 1, 15],
    ['less than a minute', { from: NOW - 5_000, to: NOW }, 1, 1, 1],
    ['a week', { from: NOW - 168 * HOUR, to: NOW }, 10_080, 336, 30],
  ])('%s', (_, range, minutes, step, slots) => {
    const grid = minuteGrid(range);
    expect((grid.end - grid.start) / 60).toBe(minutes);
    expect(grid.step / 60).toBe(step);
    expect(grid.slots).toBe(slots);
    expect(grid.end * 1_000).toBeGreaterThanOrEqual(range.to);
    expect(grid.slots * grid.step).toBeGreaterThanOrEqual(grid.end - grid.start);
  });
});
