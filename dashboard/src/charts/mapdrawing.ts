/** The map as a drawing: nodes and edges with where they go and how they look. Pure, so that it is tested and measured. */
import type { MapEdge, MapNode } from '../../../model/map.ts';
import { type Layout, NODE, type Place } from './layers.ts';
import { type Change, edgeKey } from './mapdiff.ts';

export interface DrawnNode {
  node: MapNode;
  place: Place;
  /** Of all calls to it. */
  failing: boolean;
}

export interface DrawnEdge {
  key: string;
  edge: MapEdge;
  path: string;
  /** Stroke width in units. */
  width: number;
  failing: boolean;
  change: Change | null;
  /** Where its words stand. */
  middle: { x: number; y: number };
}

/** As in the tables: errors count from one in a hundred of at least a hundred. */
const FAILING = 0.01;
const ENOUGH = 100;
const THIN = 1;
const THICK = 4;

export function isFailing({ requests, errors }: { requests: number; errors: number }): boolean {
  return requests >= ENOUGH && errors / requests >= FAILING;
}

export function drawEdges(
  edges: readonly MapEdge[],
  layout: Layout,
  changes: ReadonlyMap<string, Change>,
): DrawnEdge[] {
  const most = Math.max(1, ...edges.map(({ requests }) => requests));
  return edges.flatMap((edge) => {
    const [from, to] = [layout.places.get(edge.from), layout.places.get(edge.to)];
    if (!from || !to) return [];
    const key = edgeKey(edge);
    return [
      {
        key,
        edge,
        ...curve(from, to),
        // By the logarithm: the busiest edge has a thousand times the calls of others, not a thousand times their width.
        width: round(THIN + (THICK - THIN) * (Math.log1p(edge.requests) / Math.log1p(most))),
        failing: isFailing(edge),
        change: changes.get(key) ?? null,
      },
    ];
  });
}

export function drawNodes(nodes: readonly MapNode[], edges: readonly MapEdge[], layout: Layout): DrawnNode[] {
  const called = new Map<string, { requests: number; errors: number }>();
  for (const { to, requests, errors } of edges) {
    const sum = called.get(to) ?? { requests: 0, errors: 0 };
    called.set(to, { requests: sum.requests + requests, errors: sum.errors + errors });
  }
  return nodes.flatMap((node) => {
    const place = layout.places.get(node.id);
    const calls = called.get(node.id);
    return place ? [{ node, place, failing: calls !== undefined && isFailing(calls) }] : [];
  });
}

/** From the right side of the caller to the left side of the called; backwards it leaves and enters from below. */
function curve(from: Place, to: Place): { path: string; middle: { x: number; y: number } } {
  const [x1, y1, x2, y2] = [from.x + NODE.width, from.y, to.x, to.y];
  if (from.id === to.id) {
    const path = `M${x1 - 20} ${y1 + 13}c0 24 -${NODE.width - 40} 24 -${NODE.width - 40} 0`;
    return { path, middle: { x: from.x + NODE.width / 2, y: y1 + 34 } };
  }
  if (x2 > x1) {
    const bend = Math.min(120, (x2 - x1) / 2);
    return {
      path: `M${round(x1)} ${round(y1)}C${round(x1 + bend)} ${round(y1)} ${round(x2 - bend)} ${round(y2)} ${round(x2)} ${round(y2)}`,
      middle: { x: (x1 + x2) / 2, y: (y1 + y2) / 2 },
    };
  }
  const [a, b] = [from.x + NODE.width / 2, to.x + NODE.width / 2];
  const low = Math.max(y1, y2) + 46;
  return {
    path: `M${round(a)} ${round(y1 + 13)}C${round(a)} ${round(low)} ${round(b)} ${round(low)} ${round(b)} ${round(y2 + 13)}`,
    middle: { x: (a + b) / 2, y: low - 10 },
  };
}

const WORDS = { width: 130, height: 14 } as const;

/** The edges with their words moved down until none lie on each other. */
export function apart(edges: readonly DrawnEdge[]): DrawnEdge[] {
  const placed: DrawnEdge[] = [];
  for (const edge of [...edges].sort((a, b) => a.middle.y - b.middle.y || a.middle.x - b.middle.x)) {
    let { x, y } = edge.middle;
    const isTaken = () =>
      placed.some(
        ({ middle }) => Math.abs(middle.x - x) < WORDS.width && Math.abs(middle.y - y) < WORDS.height,
      );
    while (isTaken()) y += WORDS.height;
    placed.push({ ...edge, middle: { x, y } });
  }
  return placed;
}

/** The busiest `most` nodes: those of the busiest edges, then those without any. */
export function busiest(nodes: readonly MapNode[], edges: readonly MapEdge[], most: number): MapNode[] {
  if (nodes.length <= most) return [...nodes];
  const kept = new Set<string>();
  for (const { from, to } of edges) {
    if (kept.size + 2 > most) break;
    kept.add(from).add(to);
  }
  const alone = nodes.filter(({ id }) => !kept.has(id)).slice(0, Math.max(0, most - kept.size));
  for (const { id } of alone) kept.add(id);
  return nodes.filter(({ id }) => kept.has(id));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
