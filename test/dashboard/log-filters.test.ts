import { expect, test } from 'vitest';
import {
  logChipsOf,
  logFiltersOf,
  logParamsOf,
  NO_LOG_FILTERS,
  typedLog,
} from '../../dashboard/src/state/log-filters.ts';
import { link } from '../../dashboard/src/state/routes.ts';

const VIEW = { from: 'now-1h', to: 'now', env: '' };
const TRACE = '0102030405060708090a0b0c0d0e0f10';

test.each([
  ['timeout', { text: 'timeout' }],
  ['"no such user"', { text: '"no such user"' }],
  ['error: connection refused', { text: 'error: connection refused' }],
  ['http://shop.example/', { text: 'http://shop.example/' }],
  ['service:shop', { service: 'shop' }],
  ['http.route:GET /', { attributes: [{ key: 'http.route', value: 'GET /' }] }],
  [TRACE.toUpperCase(), { traceId: TRACE }],
])('%j typed into the search means %j', (line, filters) =>
  expect(typedLog(line, NO_LOG_FILTERS)).toEqual({ ...NO_LOG_FILTERS, ...filters }),
);

test('filters survive their link, and every one has a chip that takes it away', () => {
  const filters = {
    service: 'a&b',
    level: 'warn' as const,
    text: 'x "y z"',
    traceId: TRACE,
    spanId: '0102030405060708',
    attributes: [{ key: 'k', value: 'v:w' }],
  };
  const url = new URL(link('/logs', VIEW, logParamsOf(filters)), 'http://x');
  expect(logFiltersOf(url.searchParams)).toEqual(filters);
  expect(logChipsOf(filters)).toHaveLength(6);
  expect(logChipsOf(NO_LOG_FILTERS)).toEqual([]);
});

test('a level that is none is none', () => {
  expect(logFiltersOf(new URLSearchParams('level=constructor')).level).toBe('');
});
