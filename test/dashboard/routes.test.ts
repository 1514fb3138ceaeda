import { expect, test } from 'vitest';
import { link, routeOf, servicePath, tracePath, viewOf } from '../../dashboard/src/state/routes.ts';

const VIEW = { from: 'now-1h', to: 'now', env: '' };

test.each([
  ['/', 'overview', ''],
  ['/services', 'services', ''],
  ['/services/', 'services', ''],
  ['/services/shop%2Fweb', 'service', 'shop/web'],
  ['/traces', 'traces', ''],
  ['/traces/abc', 'trace', 'abc'],
  ['/services/a/b', 'missing', ''],
  ['/services/%zz', 'missing', ''],
  ['/map', 'map', ''],
  ['/metrics', 'metrics', ''],
  ['/capacity', 'capacity', ''],
  ['/traces/compare', 'compare', ''],
  ['/logs', 'logs', ''],
  ['/logs/x', 'missing', ''],
  ['/settings/senders', 'senders', ''],
  ['/settings/receivers', 'receivers', ''],
  ['/settings/users', 'users', ''],
  ['/settings/tokens', 'tokens', ''],
  ['/settings/audit', 'audit', ''],
  ['/join', 'join', ''],
  ['/incidents', 'incidents', ''],
  ['/incidents/412', 'incident', '412'],
  ['/rules/slow.search', 'rule', 'slow.search'],
  ['/experience', 'experience', ''],
  ['/experience/log%20in', 'probe', 'log in'],
  ['/runs/abc', 'run', 'abc'],
  ['/runs', 'missing', ''],
  ['/constructor', 'missing', ''],
  ['/settings/toString', 'missing', ''],
  ['/settings/elsewhere', 'missing', ''],
  ['/elsewhere', 'missing', ''],
])('%s is the page %s', (path, page, id) => expect(routeOf(path)).toEqual({ page, id }));

test('a plain view has a plain URL', () => {
  expect(link('/services', VIEW)).toBe('/services');
  expect(link('/', { ...VIEW, env: 'prod' }, { sort: '' })).toBe('/?env=prod');
});

test('a link keeps range, environment and repeated filters, and is read back the same', () => {
  const view = { from: 'now-7d', to: 'now', env: 'a&b=c' };
  const url = new URL(link('/traces', view, { f: ['a:1', 'b:2'], limit: 100 }), 'http://x');
  expect(viewOf(url.searchParams)).toEqual(view);
  expect(url.searchParams.getAll('f')).toEqual(['a:1', 'b:2']);
});

test.each([['a/b?c#d%'], ['متجر'], ['<script>'], [' '], ['\u202e']])(
  'the service %j survives its link',
  (name) => {
    const { pathname } = new URL(servicePath(name)!, 'http://x');
    expect(routeOf(pathname)).toEqual({ page: 'service', id: name });
  },
);

test('names no URL can carry have no link instead of a wrong one', () => {
  expect([servicePath(''), servicePath('.'), servicePath('..')]).toEqual([null, null, null]);
});

test('half a surrogate pair does not break a link', () => {
  expect(servicePath('\ud800')).toBe('/services/%EF%BF%BD');
  expect(tracePath('\ud800')).toBe('/traces/%EF%BF%BD');
});
