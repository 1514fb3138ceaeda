import { expect, test } from 'vitest';
import { cellAt, SHADES, shades } from '../../dashboard/src/charts/heat.ts';

test('every cell with a request is drawn once, the fullest in the darkest shade', () => {
  const paths = shades(
    [
      [0, 1, 1_000],
      [1, 0, Number.NaN],
    ],
    30,
    20,
  );
  expect(paths).toHaveLength(SHADES);
  expect(paths.join('').match(/M/g)).toHaveLength(3);
  expect(paths[SHADES - 1]).toBe('M20.5 0.5h9v9h-9z');
  expect(shades([], 30, 20).join('')).toBe('');
});

test('the cell under the pointer is found, and none outside', () => {
  const rows = [
    [1, 2],
    [3, 4],
  ];
  expect(cellAt(rows, 0.9, 0.1)).toEqual({ row: 0, slot: 1 });
  expect(cellAt(rows, 1.2, 0.1)).toBeNull();
  expect(cellAt([], 0.5, 0.5)).toBeNull();
});
