/** The map's layout: stable, from left to right, whatever the graph is. */
import { describe, expect, test } from 'vitest';
import { Random } from '../../bench/workload/random.ts';
import { type Link, layoutOf, NODE, reach } from '../../dashboard/src/charts/layers.ts';
import { SEED } from '../helpers/chance.ts';

const links = (...pairs: string[]): Link[] =>
  pairs.map((pair) => {
    const [from, to] = pair.split('>') as [string, string];
    return { from, to };
  });
const layersOf = (ids: string[], all: Link[]) =>
  Object.fromEntries([...layoutOf(ids, all).places].map(([id, { layer }]) => [id, layer]));

describe('a node stands', () => {
  test('right of everything that calls it', () => {
    const ids = ['web', 'cart', 'stock', 'db'];
    expect(layersOf(ids, links('web>cart', 'web>db', 'cart>stock', 'stock>db'))).toEqual({
      web: 0,
      cart: 1,
      stock: 2,
      db: 3,
    });
  });

  test('in a circle where the circle is entered', () => {
    expect(layersOf(['a', 'b', 'c', 'entry'], links('entry>b', 'b>c', 'c>a', 'a>b'))).toEqual({
      entry: 0,
      b: 1,
      c: 2,
      a: 3,
    });
    expect(layersOf(['a', 'b'], links('a>b', 'b>a', 'a>a'))).toEqual({ a: 0, b: 1 });
  });

  test('in the last layer when it has no call at all', () => {
    expect(layersOf(['alone', 'a', 'b'], links('a>b', 'b>unknown'))).toEqual({ a: 0, b: 1, alone: 2 });
  });
});

test('the same graph is the same picture, in whatever order it comes', () => {
  const { ids, all } = randomGraph(1, 60);
  const one = layoutOf(ids, all);
  const other = layoutOf([...ids].reverse(), [...all].reverse());
  expect([...other.places].sort()).toEqual([...one.places].sort());
});

test('no two nodes lie on each other, and all lie within the picture', () => {
  for (const size of [1, 2, 30, 200, 500]) {
    const { ids, all } = randomGraph(SEED, size);
    const { places, width, height } = layoutOf(ids, all);
    expect(places.size, `SEED=${SEED}`).toBe(size);
    const list = [...places.values()];
    for (const [i, a] of list.entries()) {
      expect(a.x + NODE.width, `SEED=${SEED}`).toBeLessThanOrEqual(width);
      expect(a.y, `SEED=${SEED}`).toBeGreaterThanOrEqual(0);
      expect(a.y, `SEED=${SEED}`).toBeLessThanOrEqual(height);
      for (const b of list.slice(i + 1)) {
        const apart = Math.abs(a.x - b.x) >= NODE.width || Math.abs(a.y - b.y) >= NODE.height;
        expect(apart, `SEED=${SEED} ${a.id} ${b.id}`).toBe(true);
      }
    }
  }
});

test('a chain of 10,000 nodes does not exhaust the stack', () => {
  const ids = Array.from({ length: 10_000 }, (_, i) => `n${String(i).padStart(5, '0')}`);
  const all = ids.slice(1).map((to, i) => ({ from: ids[i]!, to }));
  expect(layoutOf(ids, all).places.get('n09999')!.layer).toBe(9_999);
});

test('nothing at all is an empty picture', () => {
  expect(layoutOf([], []).places.size).toBe(0);
});

test('what depends on a node, and on what it depends', () => {
  const all = links('web>cart', 'cart>stock', 'stock>db', 'web>user', 'db>cart');
  expect([...reach('cart', all, 'upstream')].sort()).toEqual(['db', 'stock', 'web']);
  expect([...reach('cart', all, 'downstream')].sort()).toEqual(['db', 'stock']);
  expect([...reach('web', all, 'downstream', 1)].sort()).toEqual(['cart', 'user']);
});

function randomGraph(seed: number, size: number): { ids: string[]; all: Link[] } {
  const random = new Random(seed + size);
  const ids = Array.from({ length: size }, (_, i) => `service:${i}`);
  const one = () => ids[random.below(size)]!;
  return { ids, all: Array.from({ length: size * 2 }, () => ({ from: one(), to: one() })) };
}
