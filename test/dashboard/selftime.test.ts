import { expect, test } from 'vitest';
import { selfTimes, sharesOf } from '../../dashboard/src/charts/selftime.ts';
import { buildTree } from '../../model/span-tree.ts';
import type { Span } from '../../model/trace.ts';
import { span } from './spans.ts';

function self(spans: Span[]): Record<string, number> {
  const { nodes } = buildTree(spans);
  const times = selfTimes(nodes);
  return Object.fromEntries(nodes.map((node, row) => [node.key, times[row]!]));
}

test('self time is the duration without the time any child ran; overlaps count once', () => {
  const spans = [
    span('a', '', 0, 100),
    span('b', 'a', 10, 30),
    span('c', 'a', 20, 40),
    span('d', 'a', 90, 5),
  ];
  expect(self(spans)).toEqual({ a: 45, b: 30, c: 40, d: 5 });
});

test('a child that outlives or precedes its parent takes only what lies inside', () => {
  expect(
    self([span('a', '', 50, 100), span('late', 'a', 140, 500), span('early', 'a', 0, 60)]),
  ).toMatchObject({
    a: 80,
  });
  expect(self([span('a', '', 0, 10), span('after', 'a', 20, 5)])).toMatchObject({ a: 10 });
});

test('durations that are none count as nothing', () => {
  expect(self([span('a', '', 0, Number.NaN), span('b', 'a', 0, -5)])).toEqual({ a: 0, b: 0 });
});

test('services are ordered by their self time and their shares add up to one', () => {
  const spans = [
    span('a', '', 0, 100, { service: 'web' }),
    span('b', 'a', 0, 70, { service: 'pay', status: 'Error' }),
    span('c', 'b', 0, 10, { service: 'db' }),
  ];
  const { nodes } = buildTree(spans);
  const shares = sharesOf(nodes, selfTimes(nodes));
  expect(shares.map(({ service, selfMs, errors }) => [service, selfMs, errors])).toEqual([
    ['pay', 60, 1],
    ['web', 30, 0],
    ['db', 10, 0],
  ]);
  expect(shares.reduce((sum, each) => sum + each.share, 0)).toBeCloseTo(1);
});

test('a trace in which no time passed is shared by its spans', () => {
  const { nodes } = buildTree([span('a', '', 0, 0), span('b', 'a', 0, 0, { service: 'db' })]);
  expect(sharesOf(nodes, selfTimes(nodes)).map((each) => each.share)).toEqual([0.5, 0.5]);
});
