/** Where the time of transactions went, and why they were bad, by hand-written traces. */
import { expect, test } from 'vitest';
import { reasonsOf, type Sample, type SampleSpan, tiersOf } from '../../model/slo/sample.ts';

const span = (
  spanId: string,
  parentSpanId: string,
  service: string,
  from: number,
  to: number,
  error = '',
): SampleSpan => ({
  ...{ spanId, parentSpanId, service, version: '1', name: `op-${spanId}`, error },
  ...{ startMs: from, durationMs: to - from, failed: error !== '' },
});
const sample = (rootSpanId: string, ...spans: SampleSpan[]): Sample => ({
  rootSpanId,
  spans,
  failed: spans.some(({ failed }) => failed),
});

const ORDER = [
  span('page', '', 'web', 0, 1_000),
  span('order', 'page', 'checkout', 100, 900),
  span('pay', 'order', 'payment', 200, 800),
  span('log', 'order', 'audit', 200, 300),
];

test('time is of whom the answer waited for; what ran beside it is of nobody', () => {
  expect(tiersOf([sample('order', ...ORDER)])).toEqual([
    { service: 'payment', share: 0.75, addsMs: 600, traces: 1 },
    { service: 'checkout', share: 0.25, addsMs: 200, traces: 1 },
  ]);
});

test('a sequence is its whole trace', () => {
  const [first] = tiersOf([sample('', ...ORDER)]);
  expect(first).toMatchObject({ service: 'payment', share: 0.6 });
});

test('an error is that of the span that failed first of all, a slow one is of whom it waited for most', () => {
  const failed = [
    span('order', '', 'checkout', 0, 500, 'HTTP 502'),
    span('call', 'order', 'checkout', 10, 490, 'HTTP 504'),
    span('charge', 'call', 'payment', 20, 480, 'CardError'),
  ];
  const reasons = reasonsOf([
    sample('order', ...failed),
    sample('order', ...failed),
    sample('order', ...ORDER),
  ]);
  expect(reasons).toEqual([
    { kind: 'error', service: 'payment', version: '1', what: 'CardError', traces: 2 },
    { kind: 'slow', service: 'payment', version: '1', what: 'op-pay', traces: 1 },
  ]);
});

test('spans in a circle, doubled or without their parent end in an answer', () => {
  const circle = [span('a', 'b', 'x', 0, 10), span('b', 'a', 'y', 0, 10), span('b', 'a', 'y', 0, 10)];
  expect(
    tiersOf([sample('a', ...circle), sample('', ...circle), sample('gone', ...circle)])[0],
  ).toMatchObject({
    share: 1,
  });
  expect(tiersOf([])).toEqual([]);
});
