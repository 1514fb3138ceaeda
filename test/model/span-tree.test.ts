import { describe, expect, test } from 'vitest';
import { buildTree, openRows } from '../../model/span-tree.ts';
import type { Span } from '../../model/trace.ts';
import { span } from '../dashboard/spans.ts';

/** The tree as indented names. */
function drawn(spans: Span[]): string[] {
  return buildTree(spans).nodes.map((node) => '.'.repeat(node.depth) + node.key);
}

test('children stand below their parent by start, whatever order they came in', () => {
  expect(drawn([span('c', 'a', 5), span('d', 'b', 3), span('a', ''), span('b', 'a', 2)])).toEqual([
    'a',
    '.b',
    '..d',
    '.c',
  ]);
});

test('a row knows its parent, where its descendants end, and what failed below', () => {
  const spans = [
    span('a', ''),
    span('b', 'a', 1),
    span('c', 'b', 2, 1, { status: 'Error' }),
    span('d', 'a', 3),
  ];
  const { nodes } = buildTree(spans);
  expect(nodes.map(({ parent, end, children, errorsBelow }) => [parent, end, children, errorsBelow])).toEqual(
    [
      [-1, 4, 2, 1],
      [0, 3, 1, 1],
      [1, 3, 0, 0],
      [0, 4, 0, 0],
    ],
  );
});

describe('what is wrong with a trace is counted and every span is shown once', () => {
  test('a missing parent makes a top row', () => {
    const tree = buildTree([span('a', ''), span('b', 'gone', 1)]);
    expect(tree).toMatchObject({ orphans: 1, roots: 2 });
    expect(tree.nodes[1]).toMatchObject({ orphan: true, depth: 0 });
  });
  test('a circle is cut at its earliest span', () => {
    const spans = [
      span('a', ''),
      span('x', 'z', 5),
      span('y', 'x', 6),
      span('z', 'y', 4),
      span('tail', 'x', 7),
    ];
    const tree = buildTree(spans);
    expect(drawn(spans)).toEqual(['a', 'z', '.x', '..y', '..tail']);
    expect(tree).toMatchObject({ cycles: 1, orphans: 0 });
    expect(tree.nodes[1]).toMatchObject({ cycle: true, orphan: false });
  });
  test('its own parent is a circle of one', () => {
    expect(drawn([span('a', 'a')])).toEqual(['a']);
    expect(buildTree([span('a', 'a')]).cycles).toBe(1);
  });
  test('a second span of an id keeps its row under a name of its own', () => {
    const spans = [span('a', ''), span('b', 'a', 1), span('b', 'a', 2), span('c', 'b', 3)];
    expect(drawn(spans)).toEqual(['a', '.b', '..c', '.b~2']);
    expect(buildTree(spans).duplicates).toBe(1);
  });
  test('an empty id is an id like any other', () => {
    expect(drawn([span('', ''), span('', '', 1)])).toEqual(['', '~2']);
  });
  test('a child before its parent is clock skew only across resources', () => {
    const early = (resource: number) =>
      buildTree([span('a', '', 10), span('b', 'a', 2, 1, { resource })]).skewed;
    expect([early(0), early(1)]).toEqual([0, 1]);
  });
  test('no spans make no rows', () => expect(buildTree([]).nodes).toEqual([]));
});

test('a chain of 10,000 and a fan of 10,000 spans are laid out without recursion', () => {
  const chain = Array.from({ length: 10_000 }, (_, at) => span(`${at}`, at === 0 ? '' : `${at - 1}`, at));
  const fan = Array.from({ length: 10_000 }, (_, at) => span(`${at}`, at === 0 ? '' : '0', at));
  expect(buildTree(chain).nodes.at(-1)!.depth).toBe(9999);
  expect(buildTree(fan).nodes[0]!.children).toBe(9999);
});

test('random parents: every span has exactly one row below its parent row', () => {
  let seed = 20_261_121;
  const random = (below: number) => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed % below;
  };
  const spans = Array.from({ length: 500 }, (_, at) =>
    span(`${random(450)}`, `${random(480)}`, random(1000), at),
  );
  const { nodes } = buildTree(spans);
  expect(new Set(nodes.map((node) => node.span)).size).toBe(500);
  nodes.forEach((node, row) => {
    expect(node.parent).toBeLessThan(row);
    if (node.parent >= 0) expect(nodes[node.parent]!.end).toBeGreaterThanOrEqual(node.end);
  });
});

test('a folded row hides what is below it and nothing else', () => {
  const { nodes } = buildTree([span('a', ''), span('b', 'a', 1), span('c', 'b', 2), span('d', 'a', 3)]);
  expect(openRows(nodes, new Set())).toEqual([0, 1, 2, 3]);
  expect(openRows(nodes, new Set([1]))).toEqual([0, 1, 3]);
  expect(openRows(nodes, new Set([0, 1]))).toEqual([0]);
});
