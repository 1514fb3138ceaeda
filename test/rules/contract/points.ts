/** Points of metrics, and counters. */
import { type ContractCase, MINUTE, metric } from './case.ts';

export const POINTS: readonly ContractCase[] = [
  // Points
  ...(
    [
      ['avg', 14],
      ['min', 12],
      ['max', 16],
      ['sum', 70],
      ['last', 16],
      ['count', 5],
      ['p50', 14],
      ['p75', 15],
    ] as const
  ).map(([reduce, value]) => ({
    name: `${reduce} of points`,
    input: [metric('m', '6+1x30')],
    signal: `{ metric: m, reduce: ${reduce}, window: 5m }`,
    at: 10 * MINUTE,
    expected: [{ value }],
  })),
  {
    name: 'no points say nothing',
    input: [metric('m', '5x3')],
    signal: '{ metric: m, reduce: avg, window: 2m }',
    at: 10 * MINUTE,
    expected: [],
  },
  {
    name: 'a point on the boundary belongs to the window that it ends',
    input: [metric('m', '0x9 100 0x20')],
    signal: '{ metric: m, reduce: max, window: 1m }',
    at: 10 * MINUTE,
    expected: [{ value: 100 }],
  },
  {
    name: 'and not to the one after',
    input: [metric('m', '0x9 100 0x20')],
    signal: '{ metric: m, reduce: max, window: 1m }',
    at: 11 * MINUTE,
    expected: [{ value: 0 }],
  },
  // Counters
  {
    name: 'the increase of a counter, with the step into the window',
    input: [metric('c', '0+7x30')],
    signal: '{ metric: c, reduce: increase, window: 5m }',
    at: 10 * MINUTE,
    expected: [{ value: 35 }],
  },
  {
    name: 'its rate',
    input: [metric('c', '0+60x30')],
    signal: '{ metric: c, reduce: rate, window: 5m }',
    at: 10 * MINUTE,
    expected: [{ value: 1 }],
  },
  {
    name: 'a counter that restarted counts from 0',
    input: [metric('c', '0+10x7 3+10x20')],
    signal: '{ metric: c, reduce: increase, window: 5m }',
    at: 10 * MINUTE,
    expected: [{ value: 43 }],
  },
  {
    name: 'a restart on the edge of the window is counted once',
    input: [metric('c', '0+10x4 3+10x20')],
    signal: '{ metric: c, reduce: increase, window: 5m }',
    at: 10 * MINUTE,
    expected: [{ value: 50 }],
  },
  {
    name: 'counters of several series are added',
    input: [metric('c{host="x"}', '0+1x30'), metric('c{host="y"}', '0+2x30')],
    signal: '{ metric: c, reduce: increase, window: 5m }',
    at: 10 * MINUTE,
    expected: [{ value: 15 }],
  },
];
