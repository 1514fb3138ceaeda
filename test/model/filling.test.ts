/** Days until something is full, against trends that are known. */
import { describe, expect, test } from 'vitest';
import { fullIn, quantileOf, theilSen } from '../../model/filling.ts';

const HOUR = 3_600_000;
const WEEK = Array.from({ length: 168 }, (_, hour) => hour);
const NOW = 167 * HOUR;
const peaks = (use: (hour: number) => number, hours = WEEK) =>
  hours.map((hour) => ({ at: hour * HOUR, use: use(hour) }));

test('the slope is the median of all pairs, so one wild point does not move it', () => {
  // Pairs of (0,0), (1,1), (2,2), (3,30): slopes 1, 1, 10, 1, 14.5, 28; the lower median is 1.
  const points = [0, 1, 2, 30].map((use, at) => ({ at, use }));
  expect(theilSen(points)).toMatchObject({ slope: 1, low: 1, high: 28 });
  expect(theilSen(points.slice(0, 1))).toBeNull();
});

test('a disk that grows by 1 % a day from 60 % to 67 % is full in 33 days', () => {
  const full = fullIn(
    peaks((hour) => 0.6 + hour / 2400),
    NOW,
  );
  expect(full).toMatchObject({ known: true });
  expect(full.known && full.days).toBeCloseTo((0.4 - 167 / 2400) * 100, 5);
});

test('a trend with noise has a range around it', () => {
  const full = fullIn(
    peaks((hour) => 0.5 + hour / 1000 + (hour % 3) / 200),
    NOW,
  );
  expect(full.known && full.earliest < full.days && full.days < full.latest).toBe(true);
});

describe('there is no number', () => {
  test.each([
    ['of less than three days', peaks((hour) => hour / 1000, WEEK.slice(0, 70)), 'short'],
    ['without points', [], 'short'],
    ['after it was emptied', peaks((hour) => 0.3 + (hour % 80) / 200), 'emptied'],
    ['when it does not grow', peaks(() => 0.5), 'not-filling'],
    ['when it shrinks', peaks((hour) => 0.5 - hour / 10_000), 'not-filling'],
    ['when it went up and down', peaks((hour) => 0.5 + hour / 20_000 + Math.sin(hour) / 30), 'unsteady'],
    ['when it takes years', peaks((hour) => 0.2 + hour / 24_000), 'far'],
  ] as const)('%s', (_, points, why) => expect(fullIn(points, NOW)).toEqual({ known: false, why }));
});

test('a quantile is a value that was there', () => {
  expect(quantileOf([4, 1, 3, 2], 0.5)).toBe(2);
  expect(quantileOf([4, 1, 3, 2], 0.95)).toBe(4);
  expect(quantileOf([], 0.5)).toBeNull();
});
