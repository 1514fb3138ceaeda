import { describe, expect, test } from 'vitest';
import { admit } from '../../collector/wire/admit.ts';
import { decode } from '../../drills/fuzz/decoded.ts';
import { any, field, fixed64, request, SPAN_ID, START, span, TRACE_ID, WINDOW } from './wire.ts';

const zeros = (n: number) => Array<number>(n).fill(0);
const at = (time: number) => fixed64(7, BigInt(time));
const parts = (traceId: number[], spanId: number[], start: number[]) => [
  ...field(1, traceId),
  ...field(2, spanId),
  ...start,
];
const good = span(field(5, 'kept'));
const list = field(9, [...field(1, 'k'), ...field(2, any.array(any.int(1n)))]);

describe('a span that cannot be stored is dropped and counted, the rest is kept', () => {
  test.each<[string, number[], RegExp]>([
    ['no trace id', [...field(2, SPAN_ID), ...START], /1 with a trace id .* \(fix the SDK/],
    ['a trace id of 15 bytes', parts(TRACE_ID.slice(1), SPAN_ID, START), /1 with a trace id/],
    ['a trace id of zeros', parts(zeros(16), SPAN_ID, START), /1 with a trace id/],
    ['no span id', [...field(1, TRACE_ID), ...START], /1 with a span id/],
    ['a span id of 16 bytes', parts(TRACE_ID, TRACE_ID, START), /1 with a span id/],
    ['a span id of zeros', parts(TRACE_ID, zeros(8), START), /1 with a span id/],
    ['a parent id of 7 bytes', span(field(4, SPAN_ID.slice(1))), /1 with a parent span id/],
    ['no start time', parts(TRACE_ID, SPAN_ID, []), /1 older than the retention .*--shift-to now/],
    ['an old start time', parts(TRACE_ID, SPAN_ID, at(WINDOW.earliest - 1e9)), /1 older/],
    ['a future start time', parts(TRACE_ID, SPAN_ID, at(WINDOW.latest + 1e9)), /1 from the future .*clock/],
    [
      'the last possible start time',
      parts(TRACE_ID, SPAN_ID, fixed64(7, 2n ** 64n - 1n)),
      /1 from the future/,
    ],
  ])('%s', (_, faulty, reason) => {
    for (const spans of [
      [faulty, good],
      [good, faulty],
      [good, [...faulty, ...list], good, faulty],
    ]) {
      const result = admit(request(...spans), 'traces', WINDOW);
      const kept = spans.filter((s) => s === good);
      expect([result.accepted, result.rejected]).toEqual([kept.length, spans.length - kept.length]);
      expect(Buffer.from(result.body)).toEqual(Buffer.from(request(...kept)));
      if (result.rejected === 1) expect(result.reason).toMatch(reason);
    }
  });
});

test('the reason counts each kind in one sentence', () => {
  const future = parts(TRACE_ID, SPAN_ID, at(WINDOW.latest + 1e9));
  expect(admit(request(future, parts([], SPAN_ID, START), future), 'traces', WINDOW).reason).toBe(
    '3 spans were not stored: 1 with a trace id that is not 16 bytes or all zero (fix the SDK or exporter), 2 from the future (check the clock of the sender).',
  );
});

test('the edges of the window are inside', () => {
  const spans = [WINDOW.earliest, WINDOW.latest].map((time) => parts(TRACE_ID, SPAN_ID, at(time)));
  expect(admit(request(...spans), 'traces', WINDOW)).toMatchObject({ accepted: 2, rejected: 0, reason: '' });
});

test('a parent id of zeros is taken out, so that the span is a root', () => {
  const result = admit(request(span(field(4, zeros(8)), field(5, 'root'), list)), 'traces', WINDOW);
  const text = field(9, [...field(1, 'k'), ...field(2, any.string('[1]'))]);
  expect(Buffer.from(result.body)).toEqual(Buffer.from(request(span(field(5, 'root'), text))));
  expect([result.accepted, result.rejected]).toEqual([1, 0]);
});

test('a parent id of zeros behind the attributes is taken out too', () => {
  const result = admit(request(span(list, list, field(4, zeros(8)), list)), 'traces', WINDOW);
  const s = decode(result.body).resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
  expect([s.parentSpanId.length, s.attributes.length]).toEqual([0, 3]);
});

test('an empty parent id, an end before the start and links with ids of any length stay as they are', () => {
  const body = request(span(field(4, []), fixed64(8, 1n), field(13, field(1, [1, 2, 3]))));
  expect(admit(body, 'traces', WINDOW).body).toBe(body);
});

test('when every span is dropped the resource remains', () => {
  const result = admit(request(parts([], [], [])), 'traces', WINDOW);
  expect(result).toMatchObject({ accepted: 0, rejected: 1 });
  expect(Buffer.from(result.body)).toEqual(Buffer.from(request()));
});

describe('services', () => {
  const resource = (...values: number[][]) =>
    field(
      1,
      field(
        1,
        values.flatMap((value) => field(1, [...field(1, 'service.name'), ...field(2, value)])),
      ),
    );
  const services = (...groups: number[][]) =>
    admit(Uint8Array.from(groups.flat()), 'traces', WINDOW).sources.map(({ service }) => service);

  test('are named once each, in order of appearance', () => {
    const groups = ['b', 'a', 'b'].map((name) => resource(any.string(name)));
    expect(services(...groups)).toEqual(['b', 'a']);
  });
  test('the first of two names counts, as in pdata', () => {
    expect(services(resource(any.string('first'), any.string('second')))).toEqual(['first']);
  });
  test('a resource without a name is a source without one', () => {
    expect(services(resource(), field(1, []))).toEqual(['']);
  });
  test('a name that is no string has its text', () => {
    expect(
      services(resource(any.int(7n)), resource(any.array(any.bool(true))), resource(any.string('grüße'))),
    ).toEqual(['7', '[true]', 'grüße']);
  });
});
