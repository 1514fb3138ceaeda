/** The overview's dependencies: of the map's edges the two worst, those that are new, and the two worst components. */
import type { MapEdge, MapNode, MapView } from '../../../model/map.ts';
import { edgeKey } from '../charts/mapdiff.ts';
import type { Tone } from './tones.ts';

const WORST = 2;
const ENOUGH = 20;
const HIGH_ERRORS = 0.01;

export interface Dependency {
  key: string;
  tone: Tone;
  isNew: boolean;
  edge: MapEdge;
  from: MapNode;
  to: MapNode;
}

export interface Dependencies {
  rows: Dependency[];
  services: number;
  edges: number;
  failing: number;
}

/** @param before the day before, undefined while it is not known; without any edge nothing is called new */
export function dependenciesOf(view: MapView, before: MapView | undefined): Dependencies {
  const nodes = new Map(view.nodes.map((node) => [node.id, node]));
  const known = new Set(before?.edges.map(edgeKey));
  const all = view.edges.flatMap((edge): Dependency[] => {
    const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
    if (!from || !to) return [];
    const key = edgeKey(edge);
    const isNew = known.size > 0 && !known.has(key);
    return [{ key, tone: isFailing(edge) ? 'bad' : isNew ? 'new' : 'ok', isNew, edge, from, to }];
  });
  const worst = all.toSorted(
    (a, b) => share(b.edge) - share(a.edge) || (b.edge.p95 ?? 0) - (a.edge.p95 ?? 0),
  );
  const isCall = ({ from, to }: Dependency) => from.kind === 'service' && to.kind === 'service';
  const calls = worst.filter(isCall).slice(0, WORST);
  const rows = [
    ...calls,
    ...all.filter((each) => each.isNew && !calls.includes(each)).slice(0, 1),
    ...worst.filter((each) => !isCall(each)).slice(0, WORST),
  ];
  return {
    rows: [...new Set(rows)],
    services: view.nodes.filter(({ kind }) => kind === 'service').length,
    edges: view.edges.length,
    failing: all.filter(({ tone }) => tone === 'bad').length,
  };
}

/** Of few calls a share says nothing. */
function share({ errors, requests }: MapEdge): number {
  return requests >= ENOUGH ? errors / requests : 0;
}

function isFailing(edge: MapEdge): boolean {
  return share(edge) >= HIGH_ERRORS;
}
