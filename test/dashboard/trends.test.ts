import { expect, test } from 'vitest';
import { columns } from '../../dashboard/src/charts/columns.ts';
import { sparkline, sparkSentence } from '../../dashboard/src/charts/sparkline.ts';

test('a sparkline stands on zero and reaches its peak', () => {
  const spark = sparkline([0, 10, 5], [], 20, 10);
  expect(spark.line).toBe('M2 8L10 2L18 5');
  expect(spark).toMatchObject({ last: { x: 18, y: 5 }, peak: 10, errors: '' });
});

test('one error among thousands can still be seen', () => {
  expect(sparkline([1000, 1000], [0, 1], 20, 10).errors).toBe('M18 8V5');
});

test('no points, no requests and what is no number draw a floor and never NaN', () => {
  for (const values of [[], [0, 0], [Number.NaN, -3], [Number.POSITIVE_INFINITY]]) {
    expect(JSON.stringify(sparkline(values, values, 20, 10))).not.toMatch(/NaN|null|Infinity/);
  }
});

test.each([
  [[0, 0], [0, 0], 'no requests'],
  [[1, 1, 9, 9], [0, 0, 0, 2], '20 requests, rising; errors in 1 of 4 intervals'],
  [[9, 9, 1, 1], [0, 0, 0, 0], '20 requests, falling; errors in 0 of 4 intervals'],
  [[5, 5, 5, 5], [1, 1, 1, 1], '20 requests, steady; errors in 4 of 4 intervals'],
])('the trend %j is a sentence too', (values, errors, sentence) => {
  expect(sparkSentence(values, errors, '20 requests')).toBe(sentence);
});

test('columns share one scale and none is too small to see', () => {
  const drawn = columns([10, 0, 1000], [0, 0, 1], 30, 50);
  expect(drawn.peak).toBe(1000);
  expect(drawn.totals).toBe('M1 50v-1h8v1zM21 50v-50h8v50z');
  expect(drawn.errors).toBe('M21 50v-1h8v1z');
});
