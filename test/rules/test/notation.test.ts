import { expect, test } from 'vitest';
import { expandNumbers, expandResults, parseSeries } from '../../../rules/test/notation.ts';

test.each([
  ['1 2 3', [1, 2, 3]],
  ['1x3', [1, 1, 1, 1]],
  ['0+100x3', [0, 100, 200, 300]],
  ['10-2x2', [10, 8, 6]],
  ['0.5+0.25x2', [0.5, 0.75, 1]],
  ['1 _ 2 _x2 3', [1, null, 2, null, null, 3]],
  ['-1 1e3 NaN Inf', [-1, 1000, Number.NaN, Infinity]],
  ['0+0x2 8+8x1', [0, 0, 0, 8, 16]],
])('%s', (text, values) => {
  expect(expandNumbers(text)).toEqual(values);
});

test('results of probes are counted as numbers are', () => {
  expect(expandResults('P Fx2 _ S T X Px1').join('')).toBe('PFFFSTXPP');
  expect(expandResults('P _x2 F')).toEqual(['P', null, null, 'F']);
});

test.each(['a', '1+', '1+2', '1x', '0+1x1000000'])('%s is refused with what is right', (text) => {
  expect(() => expandNumbers(text)).toThrow(/is not|at most/);
});

test('a series is a name with labels in quotes', () => {
  expect(parseSeries('up')).toEqual({ name: 'up', labels: {} });
  expect(parseSeries('spans{service.name="a,\\"b}", status="error"}')).toEqual({
    name: 'spans',
    labels: { 'service.name': 'a,"b}', status: 'error' },
  });
  for (const wrong of ['{a="b"}', 'up{a=b}', 'up{a="b"', 'up{a="b"}c'])
    expect(() => parseSeries(wrong)).toThrow();
});
