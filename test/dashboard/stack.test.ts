import { expect, test } from 'vitest';
import { stack } from '../../dashboard/src/charts/stack.ts';

test('columns stand on each other, on one scale up to the highest sum', () => {
  const { paths, peak, totals } = stack(
    [
      [1, 0],
      [1, 4],
    ],
    100,
    40,
  );
  expect({ peak, totals }).toEqual({ peak: 4, totals: [2, 4] });
  expect(paths).toEqual(['M1 40v-10h48v10z', 'M1 30v-10h48v10zM51 40v-40h48v40z']);
});

test('what is no number draws nothing', () => {
  expect(stack([[Number.NaN, -1, Number.POSITIVE_INFINITY]], 90, 40)).toMatchObject({ paths: [''], peak: 0 });
  expect(stack([], 90, 40)).toEqual({ paths: [], peak: 0, totals: [] });
});
