/** Ratios and burn rates. */
import { type ContractCase, HOUR, MINUTE, spans } from './case.ts';

const GOOD_AND_BAD = [spans('', '0+90x60'), spans('status="error"', '0+10x60')];

export const SHARES: readonly ContractCase[] = [
  // Ratios
  {
    name: 'a ratio',
    input: GOOD_AND_BAD,
    signal:
      '{ ratio: { bad: { spans: count, where: { status: error } }, total: { spans: count }, window: 5m } }',
    at: 10 * MINUTE,
    expected: [{ value: 0.1, details: { bad: 50, total: 500 } }],
  },
  {
    name: 'nothing bad is 0',
    input: [spans('', '0+10x60')],
    signal:
      '{ ratio: { bad: { spans: count, where: { status: error } }, total: { spans: count }, window: 5m } }',
    at: 10 * MINUTE,
    expected: [{ value: 0 }],
  },
  {
    name: '0/0 says nothing',
    input: [spans('', '10x60')],
    signal:
      '{ ratio: { bad: { spans: count, where: { status: error } }, total: { spans: count }, window: 5m } }',
    at: 10 * MINUTE,
    expected: [],
  },
  {
    name: 'too few events are unknown, with their count',
    input: [spans('', '0+2x60'), spans('status="error"', '0+1x60')],
    signal:
      '{ ratio: { bad: { spans: count, where: { status: error } }, total: { spans: count }, window: 1m, min_events: 10 } }',
    at: 10 * MINUTE,
    expected: [{ value: null, details: { bad: 1, total: 3 } }],
  },
  // Burn rates of an objective of 99.9 %
  {
    name: 'a budget that burns in both windows',
    input: [spans('', '0+98x120'), spans('status="error"', '0+2x120')],
    signal: '{ slo_burn: { slo: s, windows: [{ long: 1h, short: 5m, factor: 14.4 }] } }',
    at: 2 * HOUR,
    expected: [{ value: 1, details: { burn: 20, bad: 120, total: 6_000 } }],
  },
  {
    name: 'one that has ceased to burn in the short window',
    input: [spans('', '0+98x120'), spans('status="error"', '0+2x100 200x20')],
    signal: '{ slo_burn: { slo: s, windows: [{ long: 1h, short: 5m, factor: 14.4 }] } }',
    at: 2 * HOUR,
    expected: [{ value: 0 }],
  },
  {
    name: 'without events it is unknown whether it burns',
    input: [spans('', '5x120')],
    signal: '{ slo_burn: { slo: s, windows: [{ long: 1h, short: 5m, factor: 14.4 }] } }',
    at: 2 * HOUR,
    expected: [],
  },
];
