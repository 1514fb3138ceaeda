import { expect, test } from 'vitest';
import { AXIS, barOf, extentOf, ROW_HEIGHT, slice, ticksOf } from '../../dashboard/src/charts/waterfall.ts';
import { buildTree } from '../../model/span-tree.ts';
import { span } from './spans.ts';

test('the axis reaches from the first start to the last end, also under clock skew', () => {
  const { nodes } = buildTree([span('a', '', 0, 100), span('b', 'a', -20, 10), span('c', 'a', 90, 60)]);
  expect(extentOf(nodes)).toEqual({ from: -20, to: 150 });
});

test('an axis without length is still one', () => {
  expect(extentOf([])).toEqual({ from: 0, to: 1 });
  expect(extentOf(buildTree([span('a', '', 5, 0)]).nodes)).toEqual({ from: 5, to: 6 });
  expect(extentOf(buildTree([span('a', '', Number.NaN, Number.NaN)]).nodes)).toEqual({ from: 0, to: 1 });
});

test.each([
  [0, 100, 0, AXIS],
  [50, 25, 500, 250],
  [100, 0, 998, 2],
  [0, 0.0001, 0, 2],
  [-500, 10, 0, 100],
  [Number.NaN, Number.NaN, 0, 2],
  [10, -5, 100, 2],
])('a bar from %s for %s ms stays on the axis and can be seen', (start, length, x, width) => {
  expect(barOf(start, length, { from: 0, to: 100 })).toEqual({ x, width });
});

test('ticks are round and few', () => {
  expect(ticksOf({ from: 0, to: 4100 }).map((tick) => tick.ms)).toEqual([0, 1000, 2000, 3000, 4000]);
  expect(ticksOf({ from: -20, to: 0.5 }).map((tick) => tick.ms)).toEqual([0, 5, 10, 15, 20]);
  expect(ticksOf({ from: 0, to: 0.003 }).length).toBeLessThanOrEqual(7);
});

test('only rows on the screen and a few around them exist', () => {
  expect(slice(10_000, 0, 600)).toEqual({ first: 0, last: 36 });
  expect(slice(10_000, 5000 * ROW_HEIGHT, 600, 0)).toEqual({ first: 5000, last: 5024 });
  expect(slice(3, 1e9, 600)).toEqual({ first: 3, last: 3 });
});
