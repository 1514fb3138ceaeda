/** What has changed between two moments of the map. */
import type { MapEdge } from '../../../model/map.ts';

export type Change = 'new' | 'gone' | 'failing' | 'slower' | 'mended' | 'faster';

export interface EdgeChange {
  change: Change;
  /** The edge as it is now; as it was where it is gone. */
  edge: MapEdge;
  before: MapEdge | null;
}

/** Fewer calls than this on either side say nothing about their speed or errors. */
const ENOUGH = 20;
/** Percentiles are exact to 4.4 % each: a quarter more is a change, if it is also more than a person could miss. */
const SLOWER = 1.25;
const SLOWER_BY_MS = 5;
/** A share of failures that grows by two in a hundred, and doubles. */
const FAILING_BY = 0.02;

const ORDER: readonly Change[] = ['failing', 'slower', 'new', 'gone', 'mended', 'faster'];

/** The changed edges, the worst kind first, within it the busiest. */
export function changesOf(before: readonly MapEdge[], after: readonly MapEdge[]): EdgeChange[] {
  const was = new Map(before.map((edge) => [edgeKey(edge), edge]));
  const is = new Set(after.map(edgeKey));
  const changes: EdgeChange[] = [];
  for (const edge of after) {
    const old = was.get(edgeKey(edge)) ?? null;
    const change = old === null ? 'new' : changeOf(old, edge);
    if (change !== null) changes.push({ change, edge, before: old });
  }
  for (const edge of before) if (!is.has(edgeKey(edge))) changes.push({ change: 'gone', edge, before: edge });
  return changes.sort(
    (a, b) => ORDER.indexOf(a.change) - ORDER.indexOf(b.change) || b.edge.requests - a.edge.requests,
  );
}

export function edgeKey({ from, to }: { from: string; to: string }): string {
  return `${from}\n${to}`;
}

function changeOf(before: MapEdge, after: MapEdge): Change | null {
  if (before.requests < ENOUGH || after.requests < ENOUGH) return null;
  const [was, is] = [before.errors / before.requests, after.errors / after.requests];
  if (grew(was, is)) return 'failing';
  if (slower(before.p95, after.p95)) return 'slower';
  if (grew(is, was)) return 'mended';
  return slower(after.p95, before.p95) ? 'faster' : null;
}

const grew = (was: number, is: number): boolean => is - was >= FAILING_BY && is >= 2 * was;

const slower = (was: number | null, is: number | null): boolean =>
  was !== null && is !== null && is >= was * SLOWER && is - was >= SLOWER_BY_MS;
