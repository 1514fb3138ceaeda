import { expect, test } from 'vitest';
import { nextSort, sorted, sortOf } from '../../dashboard/src/state/sorting.ts';

const COLUMNS = ['name', 'p95'];

test.each([
  [null, { by: 'p95', ascending: false }],
  ['name', { by: 'name', ascending: true }],
  ['-name', { by: 'name', ascending: false }],
  ['p95', { by: 'p95', ascending: false }],
  ['-p95', { by: 'p95', ascending: true }],
  ['constructor', { by: 'p95', ascending: false }],
])('the parameter %j is an order', (param, sort) => expect(sortOf(param, COLUMNS, 'p95')).toEqual(sort));

test('a second click on a header turns the order round', () => {
  const first = nextSort({ by: 'name', ascending: true }, 'p95');
  expect(first).toBe('p95');
  expect(nextSort(sortOf(first, COLUMNS, 'name'), 'p95')).toBe('-p95');
  expect(nextSort(sortOf('-p95', COLUMNS, 'name'), 'p95')).toBe('p95');
});

test('missing values come last either way, and equal rows do not jump', () => {
  const rows = [
    { id: 'c', value: 5 },
    { id: 'd', value: null },
    { id: 'a', value: 5 },
    { id: 'b', value: 9 },
  ];
  const ids = (ascending: boolean) =>
    sorted(
      rows,
      (row) => row.value,
      ascending,
      (row) => row.id,
    )
      .map((row) => row.id)
      .join('');
  expect([ids(false), ids(true)]).toEqual(['bacd', 'acbd']);
});
