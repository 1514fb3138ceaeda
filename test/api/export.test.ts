/** Files for other programs: CSV that a parser reads back and no spreadsheet runs. */
import { expect, test } from 'vitest';
import { csv } from '../../api/export.ts';

test('text with commas, quotes and lines is quoted, by RFC 4180', () => {
  expect(
    csv(
      ['a', 'b'],
      [
        ['x,"y"', 'two\nlines'],
        [1.5, null],
      ],
    ),
  ).toBe('a,b\r\n"x,""y""","two\nlines"\r\n1.5,\r\n');
});

test.each(['=1+1', '+cmd', '-2', '@SUM(A1)', '\tx', '\r=x'])('the text %j is no formula', (text) => {
  expect(csv(['a'], [[text]])).toMatch(/^a\r\n"?'/);
});

test('a negative number stays a number', () => {
  expect(csv(['a'], [[-2]])).toBe('a\r\n-2\r\n');
});
