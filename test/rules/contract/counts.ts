/** Spans and log records that are counted, and percentiles of durations. */
import { type ContractCase, MINUTE, metric, spans } from './case.ts';

export const COUNTS: readonly ContractCase[] = [
  // Counts
  {
    name: 'spans in the window are counted, each once',
    input: [spans('', '0+10x60')],
    signal: '{ spans: count, window: 5m }',
    at: 10 * MINUTE,
    expected: [{ value: 50 }],
  },
  {
    name: 'windows side by side add up',
    input: [spans('', '0+10x60')],
    signal: '{ spans: count, window: 10m }',
    at: 10 * MINUTE,
    expected: [{ value: 100 }],
  },
  {
    name: 'a rate is per second',
    input: [spans('', '0+60x60')],
    signal: '{ spans: rate, window: 5m }',
    at: 10 * MINUTE,
    expected: [{ value: 1 }],
  },
  {
    name: 'what lies in the future is not seen',
    input: [spans('', '0x20 10+10x60')],
    signal: '{ spans: count, window: 5m }',
    at: 10 * MINUTE,
    expected: [],
  },
  {
    name: 'conditions: equal, one of, not, pattern',
    input: [
      spans('route="/a"', '0+1x60'),
      spans('route="/b"', '0+2x60'),
      spans('route="/c"', '0+4x60'),
      spans('route="/d"', '0+8x60'),
    ],
    signal: '{ spans: count, where: { service.name: [a, z], route: "!~/[ab]" }, window: 1m }',
    at: 10 * MINUTE,
    expected: [{ value: 12 }],
  },
  {
    name: 'a pattern matches the whole value',
    input: [spans('route="/ab"', '0+1x60'), spans('route="/a"', '0+2x60')],
    signal: '{ spans: count, where: { route: "~/a" }, window: 1m }',
    at: 10 * MINUTE,
    expected: [{ value: 2 }],
  },
  {
    name: 'clients and probes are not counted unless they are named',
    input: [spans('', '0+1x60'), spans('span.kind="client"', '0+2x60'), spans('probe="true"', '0+4x60')],
    signal: '{ spans: count, window: 1m }',
    at: 10 * MINUTE,
    expected: [{ value: 1 }],
  },
  {
    name: 'clients that are named',
    input: [spans('', '0+1x60'), spans('span.kind="client"', '0+2x60')],
    signal: '{ spans: count, where: { span.kind: client }, window: 1m }',
    at: 10 * MINUTE,
    expected: [{ value: 2 }],
  },
  {
    name: 'labels make series',
    input: [spans('span.name="x"', '0+1x60'), spans('span.name="y"', '0+2x60')],
    signal: '{ spans: count, by: [service.name, span.name], window: 1m }',
    at: 10 * MINUTE,
    expected: [
      { labels: { 'service.name': 'a', 'span.name': 'x' }, value: 1 },
      { labels: { 'service.name': 'a', 'span.name': 'y' }, value: 2 },
    ],
  },
  {
    name: 'log records by severity',
    input: [
      metric('logs{service.name="a",severity="error"}', '0+3x60'),
      metric('logs{service.name="a",severity="info"}', '0+5x60'),
    ],
    signal: '{ logs: count, where: { severity: error }, window: 2m }',
    at: 10 * MINUTE,
    expected: [{ value: 6 }],
  },
  // Durations
  {
    name: 'a percentile of durations',
    input: [spans('span.name="x"', '0+90x60', '1m', '100ms'), spans('span.name="y"', '0+10x60', '1m', '2s')],
    signal: '{ spans: p95, window: 5m }',
    at: 10 * MINUTE,
    expected: [{ value: 2_000 }],
  },
  {
    name: 'the median of the same',
    input: [spans('span.name="x"', '0+90x60', '1m', '100ms'), spans('span.name="y"', '0+10x60', '1m', '2s')],
    signal: '{ spans: p50, window: 5m }',
    at: 10 * MINUTE,
    expected: [{ value: 100 }],
  },
  {
    name: 'no spans have no percentile',
    input: [spans('', '0x60')],
    signal: '{ spans: p95, window: 5m }',
    at: 10 * MINUTE,
    expected: [],
  },
];
