import { describe, expect, test } from 'vitest';
import { clip, label, NAME_LIMIT, visible } from '../../dashboard/src/text.ts';

describe('a hostile name is shown as what it is', () => {
  test.each([
    ['\u202egnp.exe', '\\u202egnp.exe'],
    ['a\u200bb', 'a\\u200bb'],
    ['a\u0000b', 'a\\u0000b'],
    ['\ufeffbom', '\\ufeffbom'],
    ['two\nlines\tand  tab', 'two lines and tab'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['متجر', 'متجر'],
    ['👨‍👩‍👧', '👨‍👩‍👧'],
    ['lone \ud800', 'lone \ufffd'],
  ])('%j', (name, shown) => expect(label(name)).toBe(shown));
});

test.each([[''], ['   '], ['\n\t'], ['\u200d\u200e'], ['\u3164']])(
  '%j has nothing to see: (no name)',
  (name) => {
    expect(label(name)).toBe('(no name)');
  },
);

test('a name of a megabyte is cut, and between whole characters', () => {
  expect(label('x'.repeat(1e6))).toBe(`${'x'.repeat(NAME_LIMIT)}…`);
  expect(clip('a😀b', 2)).toBe('a');
  expect(clip('a😀b', 3)).toBe('a😀');
  expect(label('abcdef', 3)).toBe('abc…');
});

test('a value keeps its lines', () => {
  expect(visible('at charge\n\tat handler')).toBe('at charge\n\tat handler');
});
