/** OTLP/JSON: what may come in, and that it becomes the same bytes behind the door. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { jsonToProtobuf } from '../../collector/receive/json.ts';
import { decode } from '../../drills/fuzz/decoded.ts';
import { type DoorSetting, openDoor } from './setting.ts';
import { post } from './transports.ts';

/** Of the shape of opentelemetry-proto's `examples/trace.json`. */
const example = (start = String(BigInt(Date.now()) * 1_000_000n)) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'my.service' } }] },
      scopeSpans: [
        {
          scope: {
            name: 'my.library',
            version: '1.0.0',
            attributes: [{ key: 'my.scope.attribute', value: { stringValue: 'some scope attribute' } }],
          },
          spans: [
            {
              traceId: '5B8EFFF798038103D269B633813FC60C',
              spanId: 'EEE19B7EC3C1B174',
              parentSpanId: 'eee19b7ec3c1b173',
              name: "I'm a server span",
              startTimeUnixNano: start,
              endTimeUnixNano: start,
              kind: 2,
              attributes: [{ key: 'my.span.attr', value: { stringValue: 'some value' } }],
            },
          ],
        },
      ],
    },
  ],
});

const sendJson = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  post(
    `${url}/v1/traces`,
    Buffer.isBuffer(body) ? body : typeof body === 'string' ? body : JSON.stringify(body),
    {
      'Content-Type': 'application/json',
      ...headers,
    },
  );

const convert = (request: unknown) => decode(jsonToProtobuf(Buffer.from(text(request)), 'traces'));
const text = (request: unknown) => (typeof request === 'string' ? request : JSON.stringify(request));
const spanOf = (fields: string) => {
  const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[{${fields}}]}]}]}`;
  return convert(body).resourceSpans[0]!.scopeSpans[0]!.spans[0]! as unknown as Record<string, unknown>;
};
const hex = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString('hex');

describe('by the front door', () => {
  test.each(['application/json', 'Application/JSON; charset=utf-8'])(
    'the example is taken as %s',
    async (type) => {
      const door = await openDoor();
      const answer = await sendJson(door.httpUrl, example(), { 'Content-Type': type });
      expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
      expect(answer.body.toString()).toBe('{}');
      const [span] = decode(door.journaled[0]!.body).resourceSpans[0]!.scopeSpans[0]!.spans;
      expect(hex(span!.traceId)).toBe('5b8efff798038103d269b633813fc60c');
      expect(door.senders.list().senders).toMatchObject([{ service: 'my.service', transport: 'http/json' }]);
    },
  );

  test('compressed', async () => {
    const door = await openDoor();
    const body = gzipSync(JSON.stringify(example()));
    expect((await sendJson(door.httpUrl, body, { 'Content-Encoding': 'gzip' })).status).toBe(200);
    expect(door.journaled).toHaveLength(1);
  });

  test('an empty object is an empty request', async () => {
    const door = await openDoor();
    expect(await sendJson(door.httpUrl, '{}')).toMatchObject({ status: 200, body: Buffer.from('{}') });
  });

  test('partial success is JSON, its count a string as 64-bit integers are', async () => {
    const door = await openDoor();
    const request = example();
    request.resourceSpans[0]!.scopeSpans[0]!.spans[0]!.spanId = '0000000000000000';
    const answer = await sendJson(door.httpUrl, request);
    const { partialSuccess } = JSON.parse(answer.body.toString());
    expect(partialSuccess).toMatchObject({ rejectedSpans: '1' });
    expect(partialSuccess.errorMessage).toMatch(/1 span was not stored/);
  });

  test.each<[string, unknown, RegExp]>([
    ['no JSON', '{"resourceSpans":', /valid OTLP\/JSON/],
    ['an empty body', '', /valid OTLP\/JSON/],
    ['no object', '[]', /valid OTLP\/JSON/],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), /valid OTLP\/JSON/],
    [
      'ids in base64',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"W47/95gDgQPSabYzgT/GDA=="}]}]}]}',
      /hex/,
    ],
    [
      'an enum by name',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_SERVER"}]}]}]}',
      /kind/,
    ],
    ['the wrong type', '{"resourceSpans":{}}', /resourceSpans|resource_spans/],
    ['two members of a oneof', attribute('{"stringValue":"a","intValue":"1"}'), /oneof|set/],
  ])('%s is a 400 in JSON, and not tried again', async (_, body, reason) => {
    const door = await openDoor();
    const answer = await sendJson(door.httpUrl, body);
    expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/json' } });
    expect(answer.headers['retry-after']).toBeUndefined();
    const status = JSON.parse(answer.body.toString());
    expect(status).toMatchObject({ code: 3, message: expect.stringMatching(reason) });
    expect(door.journaled).toEqual([]);
  });

  test.each<[string, DoorSetting, Record<string, string>, number, number]>([
    ['no token', { token: 'x' }, {}, 401, 16],
    ['an unknown encoding', {}, { 'Content-Encoding': 'br' }, 400, 3],
    ['a full door', { limits: { maxRequestsInFlight: 0 } }, {}, 503, 14],
  ])('%s is refused in JSON', async (_, setting, headers, status, code) => {
    const door = await openDoor(setting);
    const answer = await sendJson(door.httpUrl, example(), headers);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code });
  });

  test('JSON has a smaller limit, also compressed, and the answer says so', async () => {
    const door = await openDoor({ limits: { maxJsonBytes: 1024 } });
    const large = JSON.stringify({ ...example(), padding: ' '.repeat(2000) });
    for (const [body, headers] of [
      [large, {}],
      [gzipSync(large), { 'Content-Encoding': 'gzip' }],
    ] as const) {
      const answer = await sendJson(door.httpUrl, body, headers);
      expect(answer.status).toBe(413);
      expect(JSON.parse(answer.body.toString()).message).toMatch(
        /limit for JSON.*protobuf, which may have 64 MiB/,
      );
    }
    const protobuf = Buffer.from(jsonToProtobuf(Buffer.from(large), 'traces'));
    expect(protobuf.length).toBeLessThan(1024);
    expect((await sendJson(door.httpUrl, example())).status).toBe(200);
  });
});

function attribute(value: string): string {
  return `{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":${value}}]}}]}`;
}
const anyValue = (json: string) =>
  convert(attribute(json)).resourceSpans[0]!.resource!.attributes[0]!.value!.kind;

describe('the mapping', () => {
  test('ids are hex in any case, an empty one is none, one of another length is for the item rules', () => {
    const span = spanOf('"traceId":"AbCdEf00112233445566778899aAbBcC","spanId":"","parentSpanId":"abcd"');
    expect([span.traceId, span.spanId, span.parentSpanId].map(hex)).toEqual([
      'abcdef00112233445566778899aabbcc',
      '',
      'abcd',
    ]);
  });
  test('ids of links are hex too', () => {
    const [link] = spanOf('"links":[{"traceId":"0A","spanId":"0b"}]').links as Record<string, unknown>[];
    expect([hex(link!.traceId), hex(link!.spanId)]).toEqual(['0a', '0b']);
  });
  test('other bytes are base64, also where an attribute is called like an id', () => {
    expect(hex(anyValue('{"bytesValue":"3q2+7w=="}').value)).toBe('deadbeef');
    const body =
      '{"resourceSpans":[{"resource":{"attributes":[{"key":"traceId","value":{"stringValue":"not hex"}}]}}]}';
    expect(convert(body).resourceSpans[0]!.resource!.attributes[0]!.value!.kind.value).toBe('not hex');
  });
  test('64-bit integers are texts or numbers, and keep every digit', () => {
    for (const time of ['"1544712660300000001"', '1544712660300000001', ' 1544712660300000001 '])
      expect(spanOf(`"startTimeUnixNano":${time}`).startTimeUnixNano).toBe(1544712660300000001n);
    expect(anyValue('{"intValue":-9223372036854775808}').value).toBe(-9223372036854775808n);
    expect(anyValue('{"intValue":"9223372036854775807"}').value).toBe(9223372036854775807n);
    expect(anyValue('{"doubleValue":10000000000000000000}').value).toBe(1e19);
    expect(anyValue('{"stringValue":": 1234567890123456789"}').value).toBe(': 1234567890123456789');
  });
  test('enums are integers, known or not', () => {
    expect(spanOf('"kind":3').kind).toBe(3);
    expect(spanOf('"kind":77').kind).toBe(77);
  });
  test('unknown keys are ignored, whatever they hold', () => {
    expect(
      spanOf(`"name":"a","new":${'['.repeat(100)}${']'.repeat(100)},"__proto__":{"name":"b"}`).name,
    ).toBe('a');
  });
  test('keys may be in snake_case, as the Collector takes them', () => {
    const body =
      '{"resource_spans":[{"scope_spans":[{"spans":[{"trace_id":"0a","start_time_unix_nano":"5"}]}]}]}';
    const [span] = convert(body).resourceSpans[0]!.scopeSpans[0]!.spans;
    expect(hex(span!.traceId)).toBe('0a');
    expect(span!.startTimeUnixNano).toBe(5n);
  });
  test('of a key that comes twice the last one counts', () => {
    expect(spanOf('"name":"a","name":"b"').name).toBe('b');
  });
  test('null is as good as absent', () => {
    expect(spanOf('"name":null,"traceId":null,"attributes":null').name).toBe('');
  });
  test('an empty value, text, bool and number are told apart', () => {
    expect(anyValue('{}').case).toBeUndefined();
    expect(anyValue('{"stringValue":""}')).toEqual({ case: 'stringValue', value: '' });
    expect(anyValue('{"boolValue":false}')).toEqual({ case: 'boolValue', value: false });
    expect(anyValue('{"intValue":"0"}')).toEqual({ case: 'intValue', value: 0n });
    expect(anyValue('{"doubleValue":"NaN"}').value).toBeNaN();
  });
  test('32 levels of values pass, far deeper ones are refused, and the stack survives', () => {
    const nested = (levels: number) =>
      `${'{"arrayValue":{"values":['.repeat(levels - 1)}{"intValue":"1"}${']}}'.repeat(levels - 1)}`;
    expect(anyValue(nested(32)).case).toBe('arrayValue');
    for (const levels of [200, 20_000])
      expect(() => anyValue(nested(levels)), String(levels)).toThrow(/32 deep|valid OTLP/);
    const deep = '['.repeat(1_000_000);
    expect(() => convert(`{"a":1234567890123456789,"b":${deep}${deep.replaceAll('[', ']')}}`)).toThrow(
      /valid OTLP/,
    );
  });
  test('a flood of empty objects is refused', () => {
    expect(() => convert(`{"resourceSpans":[${'{},'.repeat(300_000)}{}]}`)).toThrow(/250000 objects/);
  });
});
