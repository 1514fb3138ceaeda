import { describe, expect, test } from 'vitest';
import type { WireError } from '../../collector/wire/errors.ts';
import { descriptor } from '../../collector/wire/reencode.ts';
import { compile } from '../../collector/wire/tables.ts';
import { walk } from '../../collector/wire/walk.ts';
import { type Field, LAYOUT, type Layout } from '../../model/otlp.ts';
import { double, field, fixed64, numeric, varint, WINDOW } from './wire.ts';

const own = (number: number, type: string, rule: Field['rule']): Field => ({
  number,
  name: `f${number}`,
  type,
  rule,
});

describe('numbers that may be packed, as metrics have them', () => {
  const layout: Layout = {
    Point: [own(1, 'fixed64', 'repeated'), own(2, 'uint64', 'repeated'), own(3, 'double', 'repeated')],
  };
  const tables = compile(layout, 'Point', {});
  const verdict = (...fields: number[][]) => {
    try {
      return walk(Uint8Array.from(fields.flat()), tables, WINDOW).mustRewrite ? 'rewrite' : 'approved';
    } catch (error) {
      return (error as WireError).code;
    }
  };
  test.each<[string, number[][], string]>([
    [
      'packed',
      [field(1, Array(16).fill(1)), field(2, [...varint(300), 1]), field(3, Array(8).fill(0))],
      'approved',
    ],
    [
      'one by one',
      [fixed64(1, 5n), fixed64(1, 6n), numeric(2, 7), numeric(2, 8), double(3, 1.5)],
      'approved',
    ],
    [
      'packed in several pieces, and empty',
      [field(1, []), field(1, Array(8).fill(1)), fixed64(1, 5n)],
      'approved',
    ],
    ['a packed fixed64 cut off', [field(1, Array(15).fill(1))], 'truncated'],
    ['a packed varint cut off', [field(2, [1, 0x80])], 'truncated'],
    ['a packed varint of eleven bytes', [field(2, varint(0, 11))], 'truncated'],
    ['another wire type', [numeric(1, 1)], 'wire_type'],
    ['a packed number padded to ten bytes', [field(2, varint(0, 10))], 'rewrite'],
  ])('%s', (_, fields, expected) => {
    expect(verdict(...fields)).toBe(expected);
  });
});

test('members of a oneof and other fields are told apart when one comes twice', () => {
  const layout: Layout = {
    Point: [own(1, 'int64', 'oneof'), own(2, 'double', 'oneof'), own(3, 'int64', 'optional')],
  };
  const tables = compile(layout, 'Point', {});
  const twice = (...fields: number[][]) => walk(Uint8Array.from(fields.flat()), tables, WINDOW).mustRewrite;
  expect(twice(numeric(1, 1), numeric(3, 1))).toBe(false);
  expect(twice(numeric(1, 1), double(2, 1))).toBe(true);
  expect(twice(numeric(3, 1), double(2, 1), numeric(3, 1))).toBe(true);
});

test('a field number the dispatch table has no place for is refused when it is compiled', () => {
  expect(() => compile({ Point: [own(32, 'int64', 'singular')] }, 'Point', {})).toThrow(/Point\.f32/);
});

test('the descriptors of the library say the same as the layout', () => {
  for (const [message, fields] of Object.entries(LAYOUT)) {
    const seen = descriptor(message).fields.map((f) => [
      f.number,
      f.name,
      f.fieldKind === 'list',
      f.oneof !== undefined,
    ]);
    expect(seen).toEqual(fields.map((f) => [f.number, f.name, f.rule === 'repeated', f.rule === 'oneof']));
  }
});
