import { describe, expect, test } from 'vitest';
import { admit } from '../../collector/wire/admit.ts';
import { WireError } from '../../collector/wire/errors.ts';
import { any, field, fixed64, numeric, request, span, varint, WINDOW, withValue } from './wire.ts';

function refusal(body: ArrayLike<number>): WireError {
  try {
    admit(Uint8Array.from(body), 'traces', WINDOW);
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
  throw new Error('the body was admitted');
}

const nested = (levels: number): number[] => {
  let value = any.int(1n);
  for (let i = 1; i < levels; i++) value = i % 2 ? any.array(value) : any.map(['m', value]);
  return value;
};
/** Content of a span, as a whole request; its first byte is at offset 6. */
const inSpan = (...content: number[]) => request(content);

describe('what is refused, with its code and the offset of the fault', () => {
  test.each<[string, ArrayLike<number>, string, number]>([
    ['a body that ends inside a tag', [0x8a], 'truncated', 0],
    ['a body that ends before a length', [0x0a], 'truncated', 1],
    ['a body that ends inside a length', [0x0a, 0x80], 'truncated', 1],
    ['a body that ends inside a number', inSpan(0x30, 0x80), 'truncated', 7],
    ['a body that ends before a number', inSpan(0x30), 'truncated', 7],
    ['a fixed64 that is cut off', inSpan(0x39, 1, 2, 3, 4, 5, 6, 7), 'truncated', 7],
    ['a fixed32 that is cut off', inSpan(0x85, 0x01, 1, 2, 3), 'truncated', 8],
    ['a length that reaches past the body', [0x0a, 5, 0, 0], 'length_past_parent', 1],
    ['a length of nearly 4 GiB', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], 'length_past_parent', 1],
    [
      'a length that reaches past its parent but not past the body',
      [0x0a, 2, 0x12, 3, 0x12, 0, 0, 0],
      'length_past_parent',
      3,
    ],
    ['a length in six bytes', [0x0a, ...varint(0, 6)], 'varint_too_long', 1],
    ['a length of 2^32', [0x0a, ...varint(2 ** 32)], 'varint_too_long', 1],
    ['a number in eleven bytes', inSpan(0x30, ...varint(0, 11)), 'varint_too_long', 7],
    ['a number of more than 64 bits', inSpan(0x30, ...Array(9).fill(0xff), 2), 'varint_too_long', 7],
    [
      'an unknown field with a number in eleven bytes',
      inSpan(0xe8, 0x01, ...varint(0, 11)),
      'varint_too_long',
      8,
    ],
    ['field number 0', inSpan(0x02, 0), 'field_number', 6],
    ['field number 0 in two bytes', inSpan(0x82, 0x00, 0), 'field_number', 6],
    ['field number 2^29', inSpan(...varint(2 ** 32), 0), 'field_number', 6],
    ['a tag in six bytes', inSpan(...varint(0x30, 6), 0), 'field_number', 6],
    ['a known field with another wire type', inSpan(0x08, 1), 'wire_type', 6],
    ['a message field that is a number', [0x08, 1], 'wire_type', 0],
    ['a start time that is a varint', inSpan(0x38, 1), 'wire_type', 6],
    ['a group', inSpan(0xf3, 0x01, 0xf4, 0x01), 'group', 6],
    ['a group in place of a known field', inSpan(0x4b, 0x4c), 'group', 6],
    ['the end of a group', inSpan(0x4c), 'group', 6],
    ['wire type 6', inSpan(0xf6, 0x01), 'wire_type', 6],
    ['wire type 7', inSpan(0xf7, 0x01), 'wire_type', 6],
    ['a name that is not UTF-8', inSpan(0x2a, 2, 0xc3, 0x28), 'not_utf8', 8],
    ['a name with an encoded surrogate', inSpan(...field(5, [0xed, 0xa0, 0x80])), 'not_utf8', 8],
    ['a name with an overlong slash', inSpan(...field(5, [0xc0, 0xaf])), 'not_utf8', 8],
    ['a long name that is not UTF-8', inSpan(...field(5, [...Array(100).fill(65), 0xff])), 'not_utf8', 8],
    ['an attribute key that is not UTF-8', inSpan(...field(9, field(1, [0xff]))), 'not_utf8', 10],
    ['an attribute value that is not UTF-8', withValue(field(1, [0xff])), 'not_utf8', 52],
    ['a string in an array that is not UTF-8', withValue(any.array(field(1, [0xff]))), 'not_utf8', 56],
    ['33 levels of values', withValue(nested(33)), 'too_deep', expect.any(Number) as never],
    ['2000 levels of values', withValue(nested(2000)), 'too_deep', expect.any(Number) as never],
  ])('%s', (_, body, code, offset) => {
    const error = refusal(body);
    expect([error.code, error.offset]).toEqual([code, offset]);
    expect(error.message).toMatch(/^The body is not .* at byte \d+ \(.+\) .+\.$/);
  });
});

test('32 levels of values are taken', () => {
  expect(admit(withValue(nested(32)), 'traces', WINDOW).accepted).toBe(1);
});

test('every prefix of a request is refused, or a shorter request', () => {
  const body = request(span(field(9, [...field(1, 'k'), ...field(2, any.array(any.string('é')))])));
  for (let length = 1; length < body.length; length++) refusal(body.subarray(0, length));
});

test('an empty body is an empty request', () => {
  const body = new Uint8Array(0);
  expect(admit(body, 'traces', WINDOW)).toEqual({ body, accepted: 0, rejected: 0, reason: '', sources: [] });
});

test('unknown fields are kept as they are', () => {
  const body = request(
    span(numeric(20, 5), field(1000, [0xff, 0xff]), fixed64(30, 1n), [0xfd, 0x01, 1, 2, 3, 4]),
  );
  expect(admit(body, 'traces', WINDOW).body).toBe(body);
});

test('a length padded to five bytes and a tag padded to five bytes are taken', () => {
  const body = request(span([...varint(0x2a, 5), ...varint(1, 5), 65]));
  expect(admit(body, 'traces', WINDOW).accepted).toBe(1);
});

test('a body that is a view into a larger buffer is read from its own beginning', () => {
  const body = request(span(field(9, [...field(1, 'k'), ...field(2, any.double(1e22))])));
  const larger = Buffer.alloc(body.length + 20, 0xff);
  larger.set(body, 13);
  const view = larger.subarray(13, 13 + body.length);
  expect(Buffer.from(admit(view, 'traces', WINDOW).body)).toEqual(
    Buffer.from(admit(body, 'traces', WINDOW).body),
  );
});
