/** Attributes that must not be stored as they are: at every place they can stand, and only those. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { admit } from '../../collector/wire/admit.ts';
import { Redaction } from '../../collector/wire/redaction.ts';
import { asString, decode } from '../../drills/fuzz/decoded.ts';
import { any, field, request, span, WINDOW } from './wire.ts';

const SALT = 'salt';
const redaction = new Redaction({
  drop: ['password', 'header.*'],
  hash: ['user.*', 'größe', 'password'],
  salt: SALT,
});
const hmac = (text: string) => createHmac('sha256', SALT).update(text).digest('hex').slice(0, 16);
const attribute = (number: number, key: string, value: number[]) =>
  field(number, [...field(1, key), ...field(2, value)]);
/** Attributes of the first span after the door. */
function stored(...attributes: number[][]): Record<string, string> {
  const { body } = admit(request(span(...attributes)), 'traces', WINDOW, redaction);
  const [one] = decode(body).resourceSpans[0]!.scopeSpans[0]!.spans;
  return Object.fromEntries(one!.attributes.map(({ key, value }) => [key, asString(value!)]));
}

describe('an attribute', () => {
  test.each<[string, number[], string]>([
    ['text', any.string('ada@example.org'), 'ada@example.org'],
    ['long text', any.string('x'.repeat(300)), 'x'.repeat(300)],
    ['text that is not ASCII', any.string('grüße'), 'grüße'],
    ['a number', any.int(-42n), '-42'],
    ['a bool', any.bool(true), 'true'],
    ['a double', any.double(1e22), '1e+22'],
    ['an array', any.array(any.string('a'), any.int(1n)), '["a",1]'],
    ['bytes', any.bytes(1, 2), 'AQI='],
    ['nothing', [], ''],
  ])('whose value is %s is hashed by what would have been stored', (_, value, text) => {
    expect(stored(attribute(9, 'user.id', value))).toEqual({ 'user.id': hmac(text) });
  });

  test('is left out whatever it holds, and its neighbours stay', () => {
    const kept = attribute(9, 'header', any.string('kept'));
    expect(
      stored(
        attribute(9, 'header.cookie', any.array(any.string('secret'))),
        kept,
        attribute(9, 'password', any.string('secret')),
        attribute(9, 'tags', any.array(any.string('t'))),
        attribute(9, 'größe', any.string('42')),
      ),
    ).toEqual({ header: 'kept', tags: '["t"]', größe: hmac('42') });
  });

  test('is found by its key only, not inside of a value or by a part of the key', () => {
    const map = field(6, field(1, [...field(1, 'password'), ...field(2, any.string('x'))]));
    expect(stored(attribute(9, 'my.password', any.string('a')), attribute(9, 'map', map))).toEqual({
      'my.password': 'a',
      map: '{"password":"x"}',
    });
  });

  test('is found in a body that must be written anew', () => {
    // The name twice: legal protobuf that the engine would not take.
    expect(stored(field(5, 'a'), attribute(9, 'user.id', any.string('ada')), field(5, 'b'))).toEqual({
      'user.id': hmac('ada'),
    });
  });
});

test.each<[string, (content: number[]) => Uint8Array]>([
  ['a resource', (a) => Uint8Array.from(field(1, [...field(1, field(1, a)), ...field(2, field(2, span()))]))],
  ['a scope', (a) => Uint8Array.from(field(1, field(2, [...field(1, field(3, a)), ...field(2, span())])))],
  ['an event', (a) => request(span(field(11, field(3, a))))],
  [
    'a link',
    (a) =>
      request(
        span(field(13, [...field(1, Array(16).fill(1)), ...field(2, Array(8).fill(1)), ...field(4, a)])),
      ),
  ],
])('it is found in %s', (_, make) => {
  const secret = Buffer.from('a very secret value');
  for (const key of ['password', 'user.id']) {
    const content = [...field(1, key), ...field(2, any.string(secret.toString()))];
    const before = make(content);
    expect(Buffer.from(before).includes(secret)).toBe(true);
    const { body, accepted } = admit(before, 'traces', WINDOW, redaction);
    expect({ accepted, found: Buffer.from(body).includes(secret) }).toEqual({ accepted: 1, found: false });
    expect(Buffer.from(body).includes(hmac(secret.toString()))).toBe(key === 'user.id');
    decode(body);
  }
});

test('a request without such attributes stays byte for byte', () => {
  const body = request(span(attribute(9, 'http.route', any.string('/'))));
  expect(admit(body, 'traces', WINDOW, redaction).body).toBe(body);
});

test('a span that is refused takes its edits with it', () => {
  const bad = field(9, [...field(1, 'user.id'), ...field(2, any.string('x'))]);
  const good = span(attribute(9, 'user.id', any.string('ada')));
  const { body, accepted, rejected } = admit(request(bad, good), 'traces', WINDOW, redaction);
  expect({ accepted, rejected }).toEqual({ accepted: 1, rejected: 1 });
  expect(asString(decode(body).resourceSpans[0]!.scopeSpans[0]!.spans[0]!.attributes[0]!.value!)).toBe(
    hmac('ada'),
  );
});
