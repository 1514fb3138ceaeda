/** The run's trace in a request's headers (W3C Trace Context). */
import { expect, test } from 'vitest';
import { withTrace } from '../../synthetics/runner/trace-headers.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const asObject = (headers: Record<string, string>) =>
  Object.fromEntries(withTrace(headers, TRACE).map(({ name, value }) => [name.toLowerCase(), value]));

test('every request gets a span id of its own, and other headers stay', () => {
  const [one, two] = [asObject({ Accept: '*/*' }), asObject({ Accept: '*/*' })];
  expect(one).toEqual({
    accept: '*/*',
    traceparent: expect.stringMatching(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`)),
    tracestate: 'lw=p',
  });
  expect(one.traceparent).not.toBe(two.traceparent);
});

test('a page that traces itself keeps its tracestate behind the mark, and hangs below the run', () => {
  const headers = asObject({
    TraceParent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`,
    tracestate: 'vendor=1, lw=x ,other=2',
  });
  expect(headers.traceparent).toContain(TRACE);
  expect(headers.tracestate).toBe('lw=p,vendor=1,other=2');
});

test('tracestate has at most 32 members', () => {
  const many = Array.from({ length: 40 }, (_, n) => `m${n}=1`).join(',');
  expect(asObject({ tracestate: many }).tracestate!.split(',')).toHaveLength(32);
});
