import { expect, test } from 'vitest';
import { fitted, pan, show, zoom } from '../../dashboard/src/charts/camera.ts';
import { layoutOf } from '../../dashboard/src/charts/layers.ts';
import { apart, busiest, drawEdges, drawNodes } from '../../dashboard/src/charts/mapdrawing.ts';
import { dependencySentence, mapChoiceOf, nodeWords } from '../../dashboard/src/state/map-view.ts';
import type { MapEdge, MapNode } from '../../model/map.ts';

const node = (name: string): MapNode => ({ id: `service:${name}`, kind: 'service', name, system: '' });
const edge = (from: string, to: string, requests = 10, errors = 0): MapEdge => ({
  from: `service:${from}`,
  to: `service:${to}`,
  requests,
  errors,
  p50: 1,
  p95: 2,
  p99: 3,
});

test('the busiest edge is the thickest, and errors count from one in a hundred of a hundred', () => {
  const edges = [edge('a', 'b', 10_000), edge('a', 'c', 100, 1), edge('b', 'c', 99, 99)];
  const nodes = ['a', 'b', 'c'].map(node);
  const layout = layoutOf(
    nodes.map(({ id }) => id),
    edges,
  );
  const drawn = drawEdges(edges, layout, new Map());
  expect(drawn.map(({ failing }) => failing)).toEqual([false, true, false]);
  expect(drawn[0]!.width).toBeGreaterThan(drawn[1]!.width);
  expect(drawNodes(nodes, edges, layout).map(({ failing }) => failing)).toEqual([false, false, true]);
});

test('words of edges do not lie on each other', () => {
  const words = Array.from({ length: 5 }, (_, i) => ({
    key: String(i),
    edge: edge('a', 'b'),
    path: '',
    width: 1,
    failing: false,
    change: null,
    middle: { x: i * 10, y: 20 },
  }));
  expect(apart(words).map(({ middle: { y } }) => y)).toEqual([20, 34, 48, 62, 76]);
});

test('of too many nodes those of the busiest edges are drawn', () => {
  const nodes = ['a', 'b', 'c', 'd', 'alone'].map(node);
  const kept = busiest(nodes, [edge('c', 'd', 99), edge('a', 'b', 1)], 3);
  expect(kept.map(({ name }) => name)).toEqual(['a', 'c', 'd']);
});

test('the whole fits in the window, and zooming keeps the point under the pointer', () => {
  const camera = fitted({ width: 4_000, height: 500 }, { width: 1_000, height: 500 });
  expect((4_000 - camera.x) * camera.scale).toBeLessThanOrEqual(1_000);
  const at = { x: 300, y: 200 };
  const under = (c: typeof camera) => [c.x + at.x / c.scale, c.y + at.y / c.scale];
  for (const [i, value] of under(zoom(camera, 2, at)).entries()) expect(value).toBeCloseTo(under(camera)[i]!);
  expect(zoom(camera, 1e9, at).scale).toBe(3);
  expect(pan({ x: 0, y: 0, scale: 2 }, 10, -10)).toEqual({ x: -5, y: 5, scale: 2 });
  expect(show({ x: 0, y: 0, scale: 1 }, { x: 2_000, y: 100 }, { width: 1_000, height: 500 }).x).toBe(1_080);
});

test('the choice is read from the URL, and nonsense is no choice', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const choice = (text: string) => mapChoiceOf(new URLSearchParams(text), now);
  expect(choice('focus=service:a&depth=2&at=now-5m')).toMatchObject({
    focus: 'service:a',
    depth: 2,
    at: now - 300_000,
  });
  expect(choice('depth=-1&at=yesterday')).toMatchObject({ depth: 0, at: null, diff: null });
});

test('a node is told in words', () => {
  expect(nodeWords('database:sqlite/')).toBe('sqlite');
  expect(dependencySentence('cart', new Set(['a', 'b']), new Set(), ['web'])).toBe(
    '2 nodes depend on cart, from web on; it depends on nothing.',
  );
  expect(dependencySentence('web', new Set(), new Set(['a']), [])).toBe(
    'Nothing depends on web; it depends on 1.',
  );
});
