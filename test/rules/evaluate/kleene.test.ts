import { expect, test } from 'vitest';
import type { Truth } from '../../../model/rule.ts';
import { allOf, anyOf, not } from '../../../rules/evaluate/kleene.ts';

const [F, U, T] = [false, null, true] as const;
const VALUES: readonly Truth[] = [F, U, T];

/** Rows: the first of the two; columns: the second; each false, unknown, true (Kleene 1938). */
const ALL: readonly (readonly Truth[])[] = [
  [F, F, F],
  [F, U, U],
  [F, U, T],
];
const ANY: readonly (readonly Truth[])[] = [
  [F, U, T],
  [U, U, T],
  [T, T, T],
];

test('all and any follow the 3×3 truth tables', () => {
  expect(VALUES.map((a) => VALUES.map((b) => allOf([a, b])))).toEqual(ALL);
  expect(VALUES.map((a) => VALUES.map((b) => anyOf([a, b])))).toEqual(ANY);
});

test('what is not known is not known to be otherwise', () => {
  expect(VALUES.map(not)).toEqual([T, U, F]);
});
