import { describe, expect, test } from 'vitest';
import {
  chipsOf,
  durationParam,
  filtersOf,
  NO_FILTERS,
  paramsOf,
  typed,
} from '../../dashboard/src/state/filters.ts';
import { link } from '../../dashboard/src/state/routes.ts';

const VIEW = { from: 'now-1h', to: 'now', env: '' };
const FULL = {
  service: 'checkout',
  operation: 'POST /checkout',
  onlyErrors: true,
  onlyEntries: true,
  min: '250ms',
  max: '2s',
  attributes: [
    { key: 'http.route', value: '/a:b' },
    { key: 'k', value: '' },
  ],
  sort: 'slowest' as const,
  limit: 100,
};

test('filters survive the URL', () => {
  const url = new URL(link('/traces', VIEW, paramsOf(FULL)), 'http://x');
  expect(filtersOf(url.searchParams)).toEqual(FULL);
  expect(link('/traces', VIEW, paramsOf(NO_FILTERS))).toBe('/traces');
});

test('nonsense in the URL is no filter', () => {
  const params = new URLSearchParams('f=nocolon&f=:x&limit=-3&sort=up&status=maybe');
  expect(filtersOf(params)).toEqual(NO_FILTERS);
  expect(filtersOf(new URLSearchParams('limit=99999')).limit).toBe(500);
});

test('each chip takes away its own filter; without a service its operation goes too', () => {
  const chips = chipsOf(FULL);
  expect(chips.map((chip) => chip.label)).toEqual([
    'service: checkout',
    'operation: POST /checkout',
    'status: error',
    'requests only',
    'duration ≥ 250ms',
    'duration ≤ 2s',
    'http.route: /a:b',
    'k: ',
  ]);
  expect(chips[0]!.without).toMatchObject({ service: '', operation: '' });
  expect(chips[6]!.without.attributes).toEqual([{ key: 'k', value: '' }]);
});

test.each([
  ['250', '250ms'],
  ['250ms', '250ms'],
  ['1.5 s', '1.5s'],
  ['2min', '2m'],
  ['100µs', '0.1ms'],
  ['100us', '0.1ms'],
  ['soon', null],
  ['-5ms', null],
])('the duration %j is asked for as %j', (text, param) => expect(durationParam(text)).toBe(param));

describe('a line typed into the search box', () => {
  const services = ['checkout', 'shop:web'];
  test.each([
    ['checkout', { service: 'checkout' }],
    ['shop:web', { service: 'shop:web' }],
    ['service:other', { service: 'other' }],
    ['operation:GET /a:b', { operation: 'GET /a:b' }],
    ['error', { onlyErrors: true }],
    ['status:error', { onlyErrors: true }],
    ['duration>250ms', { min: '250ms' }],
    ['duration <= 2s', { max: '2s' }],
    ['http.route: /a:b', { attributes: [{ key: 'http.route', value: '/a:b' }] }],
  ])('%j is a filter', (line, change) => {
    expect(typed(line, NO_FILTERS, services)).toEqual({ filters: { ...NO_FILTERS, ...change } });
  });
  test('a trace id opens the trace', () => {
    expect(typed('ABCDEF0123456789abcdef0123456789 ', NO_FILTERS, [])).toEqual({
      traceId: 'abcdef0123456789abcdef0123456789',
    });
  });
  test.each([['nonsense'], [':value'], ['key:'], ['duration>soon']])('%j gets a hint', (line) => {
    expect(typed(line, NO_FILTERS, services)).toHaveProperty('hint');
  });
  test('the same attribute twice is one chip', () => {
    const once = typed('a:b', NO_FILTERS, []);
    expect('filters' in once && typed('a:b', once.filters, [])).toEqual(once);
  });
});
