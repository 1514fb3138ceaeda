import { expect, test } from 'vitest';
import { criticalPath, gaps } from '../../model/critical-path.ts';
import { buildTree } from '../../model/span-tree.ts';
import { span } from '../dashboard/spans.ts';

const pathOf = (...spans: Parameters<typeof span>[]) => {
  const { nodes } = buildTree(spans.map((each) => span(...each)));
  return Object.fromEntries(
    [...criticalPath(nodes)].map(([row, stretches]) => [
      nodes[row]!.span.spanId,
      stretches.map(({ from, to }) => `${from}-${to}`).sort(),
    ]),
  );
};

test('the path goes through what finished last', () => {
  expect(pathOf(['a', '', 0, 100], ['b', 'a', 10, 30], ['c', 'a', 50, 40], ['d', 'a', 5, 20])).toEqual({
    a: ['0-10', '40-50', '90-100'],
    b: ['10-40'],
    c: ['50-90'],
  });
});

test('of two that run side by side only the later one counts', () => {
  expect(pathOf(['a', '', 0, 120], ['b', 'a', 0, 100], ['c', 'a', 50, 70])).toEqual({
    a: ['0-50'],
    c: ['50-120'],
  });
});

test('a child that outlives its parent counts until the parent ends', () => {
  expect(pathOf(['a', '', 0, 50], ['b', 'a', 10, 500])).toEqual({ a: ['0-10'], b: ['10-50'] });
});

test('the path is as long as the root, whatever the trace', () => {
  const chain = Array.from({ length: 10_000 }, (_, i) =>
    span(`s${i}`, i === 0 ? '' : `s${i - 1}`, i / 100, 300 - i / 50),
  );
  const { nodes } = buildTree(chain);
  const total = [...criticalPath(nodes).values()].flat().reduce((sum, { from, to }) => sum + to - from, 0);
  expect(total).toBeCloseTo(300);
  expect(criticalPath([]).size).toBe(0);
});

test('a gap is the longest time without a child, and leaves have none', () => {
  const { nodes } = buildTree([span('a', '', 0, 100), span('b', 'a', 10, 10), span('c', 'a', 68, 12)]);
  expect(gaps(nodes)).toEqual([48, 0, 0]);
});
