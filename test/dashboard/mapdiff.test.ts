import { expect, test } from 'vitest';
import { changesOf } from '../../dashboard/src/charts/mapdiff.ts';
import type { MapEdge } from '../../model/map.ts';

const edge = (to: string, requests: number, errors: number, p95: number | null): MapEdge => ({
  from: 'service:web',
  to: `service:${to}`,
  requests,
  errors,
  p50: p95,
  p95,
  p99: p95,
});
const said = (before: MapEdge[], after: MapEdge[]) =>
  changesOf(before, after).map(({ change, edge: { to } }) => `${change} ${to.slice(8)}`);

test('new and gone edges are told, the worst kind of change first', () => {
  expect(
    said([edge('a', 50, 0, 10), edge('b', 5, 0, 1)], [edge('a', 50, 25, 10), edge('c', 1, 0, 1)]),
  ).toEqual(['failing a', 'new c', 'gone b']);
});

test.each<[string, MapEdge, MapEdge, string[]]>([
  ['twice as slow', edge('a', 100, 0, 10), edge('a', 100, 0, 20), ['slower a']],
  ['slow again', edge('a', 100, 0, 20), edge('a', 100, 0, 10), ['faster a']],
  ['within the error of the buckets', edge('a', 100, 0, 100), edge('a', 100, 0, 110), []],
  ['too little to notice', edge('a', 100, 0, 1), edge('a', 100, 0, 4), []],
  ['too few calls', edge('a', 5, 0, 10), edge('a', 5, 5, 900), []],
  ['as many errors as ever', edge('a', 100, 30, 10), edge('a', 100, 33, 10), []],
  ['no errors any more', edge('a', 100, 30, 10), edge('a', 100, 0, 10), ['mended a']],
])('%s', (_, before, after, expected) => expect(said([before], [after])).toEqual(expected));
