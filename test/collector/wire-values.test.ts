import { describe, expect, test } from 'vitest';
import { admit } from '../../collector/wire/admit.ts';
import { asString, decode } from '../../drills/fuzz/decoded.ts';
import {
  any,
  double,
  field,
  fixed64,
  numeric,
  request,
  SPAN_ID,
  span,
  TRACE_ID,
  WINDOW,
  withValue,
} from './wire.ts';

const admitted = (body: Uint8Array) => admit(body, 'traces', WINDOW).body;
const spansOf = (body: Uint8Array) => decode(body).resourceSpans[0]!.scopeSpans[0]!.spans;
const kindAfter = (value: number[]) => spansOf(admitted(withValue(value)))[0]!.attributes[0]!.value!.kind;

describe('values the engine reads itself stay byte for byte', () => {
  test.each<[string, number[]]>([
    ['a string', any.string('grüße')],
    ['an empty string', any.string('')],
    ['a string of 200 characters', any.string('x'.repeat(200))],
    ['false', any.bool(false)],
    ['0', any.int(0n)],
    ['-2^63', any.int(-(2n ** 63n))],
    ['0.1', any.double(0.1)],
    ['-0', any.double(-0)],
    ['5e-324', any.double(5e-324)],
    ['the double below 1e21', any.double(999999999999999900000)],
    ['no value at all', []],
  ])('%s', (_, value) => {
    const body = withValue(value);
    expect(admitted(body)).toBe(body);
  });
});

describe('values that become the text of pdata AsString', () => {
  test.each<[string, number[], string]>([
    ['an empty array', any.array(), '[]'],
    [
      'an array of everything',
      any.array(
        any.string('a'),
        any.bool(true),
        any.bool(false),
        any.int(-1n),
        any.double(1.5),
        any.bytes(1, 2),
        any.array(),
        any.map(),
        [],
      ),
      '["a",true,false,-1,1.5,"AQI=",[],{},null]',
    ],
    [
      'integers beyond 2^53',
      any.array(any.int(9007199254740993n), any.int(2n ** 63n - 1n), any.int(-(2n ** 63n))),
      '[9007199254740993,9223372036854775807,-9223372036854775808]',
    ],
    [
      'doubles as Go writes them',
      any.array(
        any.double(1e21),
        any.double(1e20),
        any.double(1e-6),
        any.double(1e-7),
        any.double(-0),
        any.double(5e-324),
        any.double(100),
      ),
      '[1e+21,100000000000000000000,0.000001,1e-7,-0,5e-324,100]',
    ],
    ['an empty map', any.map(), '{}'],
    [
      'keys in byte order',
      any.map(['b', any.int(1n)], ['a', any.int(2n)], ['B', any.int(3n)], ['aa', any.int(4n)]),
      '{"B":3,"a":2,"aa":4,"b":1}',
    ],
    [
      'keys in byte order beyond the BMP',
      any.map(['😀', any.int(1n)], ['\ue000', any.int(2n)]),
      '{"\ue000":2,"😀":1}',
    ],
    [
      'the last of equal keys',
      any.map(['k', any.int(1n)], ['a', any.int(0n)], ['k', any.string('last')]),
      '{"a":0,"k":"last"}',
    ],
    ['a member without a value', field(6, field(1, field(1, 'k'))), '{"k":null}'],
    ['a member without a key', field(6, field(1, field(2, any.int(1n)))), '{"":1}'],
    ['an unknown member of a value', any.array(numeric(8, 5)), '[null]'],
    ['empty bytes inside, which Go holds as nil', any.array(any.bytes()), '[null]'],
    ['HTML characters, not escaped since collector #15108', any.array(any.string('<a>&')), '["<a>&"]'],
    [
      'line separators, which Go always escapes',
      any.array(any.string('a\u2028b\u2029â\u202a')),
      '["a\\u2028b\\u2029â\u202a"]',
    ],
    [
      'control characters',
      any.array(any.string('"\\/\b\f\n\r\t\u0000\u001f\u007f')),
      '["\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u007f"]',
    ],
    ['escapes in keys', any.map(['"\n', any.bool(true)]), '{"\\"\\n":true}'],
    [
      'NaN in an array: json.Marshal fails and pdata gives nothing',
      any.array(any.string('a'), any.double(Number.NaN)),
      '',
    ],
    ['Inf deep in a map', any.map(['k', any.array(any.double(Number.POSITIVE_INFINITY))]), ''],
    ['bytes', any.bytes(0xfb, 0xff, 0x00), '+/8A'],
    ['no bytes', any.bytes(), ''],
    ['1e21', any.double(1e21), '1e+21'],
    ['-1.5e300', any.double(-1.5e300), '-1.5e+300'],
    ['NaN', any.double(Number.NaN), 'json: unsupported value: NaN'],
    ['Inf', any.double(Number.POSITIVE_INFINITY), 'json: unsupported value: +Inf'],
    ['-Inf', any.double(Number.NEGATIVE_INFINITY), 'json: unsupported value: -Inf'],
    ['an array with a text of 300 bytes', any.array(any.string('x'.repeat(300))), `["${'x'.repeat(300)}"]`],
  ])('%s', (_, value, text) => {
    expect(kindAfter(value)).toEqual({ case: 'stringValue', value: text });
    expect(asString(spansOf(withValue(value))[0]!.attributes[0]!.value!), 'the second opinion').toBe(text);
  });
});

test('values become text wherever attributes are: resource, scope, span, event, link', () => {
  const attribute = [...field(1, 'k'), ...field(2, any.array(any.int(1n)))];
  const spans = field(
    2,
    span(field(9, attribute), field(11, field(3, attribute)), field(13, field(4, attribute))),
  );
  const group = [...field(1, field(1, attribute)), ...field(2, [...field(1, field(3, attribute)), ...spans])];
  const after = admitted(Uint8Array.from([...field(1, group), ...field(1, group)]));
  expect(Buffer.from(after).toString('latin1').split('\x0a\x03[1]').length - 1).toBe(10);
  expect(admitted(after)).toBe(after);
});

describe('what the engine cannot read is merged as protobuf says', () => {
  const merged = (...content: number[][]) =>
    spansOf(admitted(request(span(...content))))[0]! as never as Record<string, unknown>;
  test('the last of two names wins', () => {
    expect(merged(field(5, 'first'), field(5, 'second'))).toMatchObject({ name: 'second' });
  });
  test('two statuses are merged', () => {
    const status = merged(field(15, field(2, 'text')), field(15, numeric(3, 2))).status;
    expect(status).toMatchObject({ message: 'text', code: 2 });
  });
  test('the last member of a oneof wins, set even at its default', () => {
    const last = (...members: number[][]) => kindAfter(members.flat());
    expect(last(any.string('a'), any.int(0n))).toEqual({ case: 'intValue', value: 0n });
    expect(last(any.int(1n), any.string(''))).toEqual({ case: 'stringValue', value: '' });
    expect(last(any.int(1n), any.bool(false))).toEqual({ case: 'boolValue', value: false });
    expect(last(any.string('a'), any.array(any.int(1n)))).toEqual({ case: 'stringValue', value: '[1]' });
    expect(last(any.array(any.int(1n)), any.array(any.int(2n)))).toEqual({
      case: 'stringValue',
      value: '[1,2]',
    });
  });
  test('a default elsewhere in a re-encoded request stays set', () => {
    const value = (content: number[]) => field(9, [...field(1, 'k'), ...field(2, content)]);
    const { attributes } = merged(
      field(5, ''),
      field(5, ''),
      value(any.string('')),
      value(any.double(0)),
      value([]),
    );
    expect((attributes as { value: { kind: { case?: string } } }[]).map((a) => a.value.kind.case)).toEqual([
      'stringValue',
      'doubleValue',
      undefined,
    ]);
  });
  test.each<[string, number[], object]>([
    ['a bool of 2 is true', any.array(numeric(2, 2)), {}],
    ['a uint32 beyond 32 bits is truncated', numeric(10, 2n ** 40n + 7n), { droppedAttributesCount: 7 }],
    ['an int32 beyond 32 bits is truncated', numeric(6, 2n ** 40n + 3n), { kind: 3 }],
    ['an int32 written as an unsigned one is negative', numeric(6, 0xffff_ffffn), { kind: -1 }],
    ['a number padded to ten bytes is read', [0x30, 0x82, ...Array(8).fill(0x80), 0], { kind: 2 }],
  ])('%s', (_, content, expected) => {
    expect(merged(content)).toMatchObject(expected);
  });
  test('numbers in range are not re-encoded', () => {
    const body = request(span(numeric(6, -1), numeric(10, 0xffff_ffff), numeric(12, 300)));
    expect(admitted(body)).toBe(body);
  });
  test('a bool of 2 is true', () => {
    expect(kindAfter(numeric(2, 2))).toEqual({ case: 'boolValue', value: true });
  });
  test('32 levels of values pass the library too', () => {
    let value = any.int(1n);
    for (let i = 1; i < 32; i++) value = any.map(['m', value]);
    expect(kindAfter([...any.int(1n), ...value])).toMatchObject({ case: 'stringValue' });
  });
  test('beyond 4 MiB such a request is refused', () => {
    const filler = Buffer.concat(Array(5).fill(request(span(field(5, 'x'.repeat(2 ** 20))))));
    const twice = request(span(field(5, 'a'), field(5, 'b')));
    expect(() => admit(Buffer.concat([filler, twice]), 'traces', WINDOW)).toThrow(/4 MiB/);
    expect(admit(filler, 'traces', WINDOW).accepted).toBe(5);
  });
});

// Time that grows with the square of the edits would pass the test's limit.
test('100,000 edits of one span come out right', () => {
  const attribute = field(9, [...field(1, 'k'), ...field(2, any.array(any.int(1n)))]);
  const content = [TRACE_ID, SPAN_ID, Array(8).fill(0)].flatMap((id, i) => field([1, 2, 4][i]!, id));
  const many = Uint8Array.from([...content, ...fixed64(7, BigInt(WINDOW.latest)), ...double(30, 1)]);
  const parts = Buffer.concat([
    many,
    Buffer.concat(Array.from({ length: 100_000 }, () => Buffer.from(attribute))),
  ]);
  const length = (n: number) =>
    Buffer.from(
      field(2, Buffer.alloc(0))
        .slice(0, 1)
        .concat([...lengthOf(n)]),
    );
  const wrapped = Buffer.concat([length(parts.length), parts]);
  const scope = Buffer.concat([length(wrapped.length), wrapped]);
  const body = Buffer.concat([Buffer.from([0x0a, ...lengthOf(scope.length)]), scope]);
  const after = admit(body, 'traces', WINDOW);
  const s = spansOf(after.body)[0]!;
  expect([s.attributes.length, s.parentSpanId.length]).toEqual([100_000, 0]);
  expect(new Set(s.attributes.map((a) => a.value!.kind.value))).toEqual(new Set(['[1]']));
});

function lengthOf(n: number): number[] {
  return n < 128 ? [n] : [(n & 127) | 128, ...lengthOf(n >> 7)];
}
