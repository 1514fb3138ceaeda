/** Absence, change, probes, deploys. */
import { type ContractCase, MINUTE, metric, runs, spans } from './case.ts';

export const OTHERS: readonly ContractCase[] = [
  // Absence
  {
    name: 'who is silent, and who is not',
    input: [metric('m{host="x"}', '1x10'), metric('m{host="y"}', '1x60')],
    signal: '{ absent: { of: { metric: m, by: [host], window: 10m }, lookback: 1h } }',
    at: 30 * MINUTE,
    expected: [
      { labels: { host: 'x' }, value: 1, details: { silent_for: 20 * MINUTE } },
      { labels: { host: 'y' }, value: 0 },
    ],
  },
  {
    name: 'who was never seen, when it is named',
    input: [],
    signal: '{ absent: { of: { metric: m, where: { host: z }, by: [host], window: 10m }, lookback: 1h } }',
    at: 30 * MINUTE,
    expected: [{ labels: { host: 'z' }, value: 1 }],
  },
  {
    name: 'who was never seen is unknown when it is not named',
    input: [],
    signal: '{ absent: { of: { metric: m, by: [host], window: 10m }, lookback: 1h } }',
    at: 30 * MINUTE,
    expected: [],
  },
  // Change
  {
    name: 'twice as many as an hour ago',
    input: [spans('', '0+10x60 620+20x60')],
    signal: '{ change: { of: { spans: count, window: 10m }, against: { offset: 1h } } }',
    at: 100 * MINUTE,
    expected: [{ value: 2, details: { now: 200, before: 100 } }],
  },
  {
    name: 'the difference',
    input: [metric('m', '10x60 25x60')],
    signal:
      '{ change: { of: { metric: m, reduce: avg, window: 5m }, against: { offset: 1h }, as: difference } }',
    at: 100 * MINUTE,
    expected: [{ value: 15 }],
  },
  {
    name: 'none at all is 0 of what was counted before',
    input: [spans('', '0+10x60 600x60')],
    signal: '{ change: { of: { spans: count, window: 10m }, against: { offset: 1h } } }',
    at: 100 * MINUTE,
    expected: [{ value: 0 }],
  },
  {
    name: 'without a past there is nothing to compare with',
    input: [spans('', '0+10x60')],
    signal: '{ change: { of: { spans: count, window: 10m }, against: { offset: 1d } } }',
    at: 30 * MINUTE,
    expected: [],
  },
  // Probes
  {
    name: 'a probe that failed twice in two locations',
    input: [runs('fra', 'Px5 F F'), runs('lon', 'Px5 F F'), runs('nyc', 'Px8')],
    signal:
      '{ probe: { journey: login, failed: { consecutive_runs: 2 }, locations: { failing_gte: 2 }, window: 10m } }',
    at: 8 * MINUTE,
    expected: [{ value: 1, details: { locations: ['fra', 'lon'] } }],
  },
  {
    name: 'one location is not two',
    input: [runs('fra', 'Px5 F F'), runs('lon', 'Px8')],
    signal:
      '{ probe: { journey: login, failed: { consecutive_runs: 2 }, locations: { failing_gte: 2 }, window: 10m } }',
    at: 8 * MINUTE,
    expected: [{ value: 0, details: { locations: ['fra'] } }],
  },
  {
    name: 'runs that do not count neither fail nor pass',
    input: [runs('fra', 'P F S X T F')],
    signal: '{ probe: { journey: login, failed: { consecutive_runs: 2 }, window: 10m } }',
    at: 6 * MINUTE,
    expected: [{ value: 1 }],
  },
  {
    name: 'no runs say nothing',
    input: [runs('fra', 'S S X')],
    signal: '{ probe: { journey: login, failed: { consecutive_runs: 1 }, window: 10m } }',
    at: 6 * MINUTE,
    expected: [],
  },
  {
    name: 'all probes, told apart',
    input: [runs('fra', 'F F'), runs('fra', 'P P', 'search')],
    signal: '{ probe: { name: "*", by: [probe], failed: { consecutive_runs: 2 }, window: 10m } }',
    at: 6 * MINUTE,
    expected: [
      { labels: { probe: 'login' }, value: 1 },
      { labels: { probe: 'search' }, value: 0 },
    ],
  },
  {
    name: 'a probe that was slower than it promises twice in two locations',
    input: [runs('fra', 'P L L'), runs('lon', 'P L F L'), runs('nyc', 'L L P')],
    signal:
      '{ probe: { journey: login, slow: { consecutive_runs: 2 }, locations: { failing_gte: 2 }, window: 10m } }',
    at: 6 * MINUTE,
    expected: [{ value: 1, details: { locations: ['fra', 'lon'] } }],
  },
  {
    name: 'who was slow has not failed, and counts for how long users wait',
    input: [runs('fra', 'P L L')],
    signal: '{ probe: { journey: login, failed: { consecutive_runs: 1 }, window: 10m } }',
    at: 6 * MINUTE,
    expected: [{ value: 0 }],
  },
  // Deploys
  {
    name: 'a version that is new',
    input: [spans('service.version="1"', '0+1x200'), spans('service.version="2"', '_x100 1+1x100')],
    signal: '{ deploy: { by: [service.name], within: 30m } }',
    at: 110 * MINUTE,
    expected: [{ labels: { 'service.name': 'a' }, value: 1, details: { version: '2' } }],
  },
  {
    name: 'a version that was new',
    input: [spans('service.version="1"', '0+1x200'), spans('service.version="2"', '_x100 1+1x100')],
    signal: '{ deploy: { by: [service.name], within: 30m } }',
    at: 150 * MINUTE,
    expected: [{ labels: { 'service.name': 'a' }, value: 0, details: { version: '2' } }],
  },
];
