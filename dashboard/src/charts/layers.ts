/**
 * A graph drawn in layers from left to right (Sugiyama, Tagawa, Toda 1981, without dummy nodes): circles are cut, each
 * node stands right of all that call it, and neighbours are brought to like heights by the barycentre. It depends on
 * names only and never on chance or order of arrival: the same graph is the same picture. No loop recurses.
 */

export interface Link {
  from: string;
  to: string;
}

export interface Place {
  id: string;
  /** Left edge and middle, in the drawing's own units. */
  x: number;
  y: number;
  layer: number;
}

export interface Layout {
  places: ReadonlyMap<string, Place>;
  width: number;
  height: number;
}

export const NODE = { width: 148, height: 26 } as const;
const COLUMN = 236;
const ROW = 40;
/** Columns of one crowded layer stand closer: no edge runs between them. */
const INNER_COLUMN = 172;
const SWEEPS = 8;

/** @param ids every node; links to others are left out */
export function layoutOf(ids: readonly string[], links: readonly Link[]): Layout {
  const nodes = [...new Set(ids)].sort();
  const known = new Set(nodes);
  const clean = uniqueLinks(links).filter(({ from, to }) => from !== to && known.has(from) && known.has(to));
  const forward = withoutCircles(nodes, clean);
  const layers = orderLayers(layersOf(nodes, forward), forward);
  return place(layers, nodes.length);
}

function uniqueLinks(links: readonly Link[]): Link[] {
  const byKey = new Map(links.map(({ from, to }) => [`${from}\n${to}`, { from, to }]));
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, link]) => link);
}

/** The links with those that close a circle turned round. The walk begins where nobody calls, else at the most calling. */
function withoutCircles(nodes: readonly string[], links: readonly Link[]): Link[] {
  const out = neighbours(nodes, links, 'from', 'to');
  const called = new Set(links.map(({ to }) => to));
  const degree = (id: string) => out.get(id)!.length;
  const begins = [...nodes].sort(
    (a, b) => Number(called.has(a)) - Number(called.has(b)) || degree(b) - degree(a) || (a < b ? -1 : 1),
  );
  const state = new Map<string, 'open' | 'done'>();
  const back = new Set<string>();
  for (const begin of begins) {
    if (state.has(begin)) continue;
    const path: { id: string; next: number }[] = [{ id: begin, next: 0 }];
    state.set(begin, 'open');
    while (path.length > 0) {
      const top = path.at(-1)!;
      const to = out.get(top.id)![top.next++];
      if (to === undefined) {
        state.set(top.id, 'done');
        path.pop();
      } else if (state.get(to) === 'open') back.add(`${top.id}\n${to}`);
      else if (!state.has(to)) {
        state.set(to, 'open');
        path.push({ id: to, next: 0 });
      }
    }
  }
  return uniqueLinks(
    links.map(({ from, to }) => (back.has(`${from}\n${to}`) ? { from: to, to: from } : { from, to })),
  );
}

/** Each node one layer right of its furthest caller. What has no link at all stands in a layer of its own, the last. */
function layersOf(nodes: readonly string[], links: readonly Link[]): string[][] {
  const out = neighbours(nodes, links, 'from', 'to');
  const waiting = new Map(nodes.map((id) => [id, 0]));
  for (const { to } of links) waiting.set(to, waiting.get(to)! + 1);
  const layer = new Map<string, number>();
  const ready = nodes.filter((id) => waiting.get(id) === 0);
  for (const id of ready) layer.set(id, 0);
  for (let at = 0; at < ready.length; at++) {
    const id = ready[at]!;
    for (const to of out.get(id)!) {
      layer.set(to, Math.max(layer.get(to) ?? 0, layer.get(id)! + 1));
      waiting.set(to, waiting.get(to)! - 1);
      if (waiting.get(to) === 0) ready.push(to);
    }
  }
  const linked = new Set(links.flatMap(({ from, to }) => [from, to]));
  const alone = nodes.filter((id) => !linked.has(id));
  const layers: string[][] = [];
  for (const id of nodes) {
    if (!linked.has(id)) continue;
    const at = layer.get(id)!;
    while (layers.length <= at) layers.push([]);
    layers[at]!.push(id);
  }
  return alone.length > 0 ? [...layers, alone] : layers;
}

function orderLayers(layers: readonly string[][], links: readonly Link[]): string[][] {
  const nodes = layers.flat();
  const callers = neighbours(nodes, links, 'to', 'from');
  const called = neighbours(nodes, links, 'from', 'to');
  let ordered = layers.map((layer) => [...layer]);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const beside = sweep % 2 === 0 ? callers : called;
    const height = heights(ordered);
    const wish = (id: string) => {
      const all = beside.get(id)!;
      if (all.length === 0) return height.get(id)!;
      return all.reduce((sum, each) => sum + height.get(each)!, 0) / all.length;
    };
    ordered = ordered.map((layer) => {
      const wishes = new Map(layer.map((id) => [id, wish(id)]));
      return [...layer].sort((a, b) => wishes.get(a)! - wishes.get(b)! || (a < b ? -1 : 1));
    });
  }
  return ordered;
}

/** Where in its layer a node stands: 0 at the top, 1 at the bottom. */
function heights(layers: readonly string[][]): Map<string, number> {
  return new Map(layers.flatMap((layer) => layer.map((id, at) => [id, (at + 0.5) / layer.length] as const)));
}

function place(layers: readonly string[][], count: number): Layout {
  // A layer with more rows than this is broken into columns: a picture about twice as wide as high.
  const most = Math.max(10, Math.ceil(Math.sqrt(count) * 1.3));
  const tallest = Math.max(
    1,
    ...layers.map((layer) => Math.ceil(layer.length / Math.ceil(layer.length / most))),
  );
  const height = tallest * ROW;
  const places = new Map<string, Place>();
  let x = 0;
  layers.forEach((layer, number) => {
    const columns = Math.ceil(layer.length / most);
    const rows = Math.ceil(layer.length / columns);
    layer.forEach((id, at) => {
      // Row by row, so that neighbours in the order stay at like heights.
      const [row, column] = [Math.floor(at / columns), at % columns];
      const y =
        (height - rows * ROW) / 2 +
        (row + 0.5 + (column / columns - (columns - 1) / (2 * columns)) * 0.6) * ROW;
      places.set(id, { id, layer: number, x: x + column * INNER_COLUMN, y });
    });
    x += COLUMN + (columns - 1) * INNER_COLUMN;
  });
  return { places, width: Math.max(NODE.width, x - COLUMN + NODE.width), height };
}

function neighbours(
  nodes: readonly string[],
  links: readonly Link[],
  of: keyof Link,
  other: keyof Link,
): Map<string, string[]> {
  const found = new Map<string, string[]>(nodes.map((id) => [id, []]));
  for (const link of links) found.get(link[of])!.push(link[other]);
  return found;
}

/** All that can be reached from a node along the links, or against them, within `depth` steps; without itself. */
export function reach(
  start: string,
  links: readonly Link[],
  direction: 'upstream' | 'downstream',
  depth = Number.POSITIVE_INFINITY,
): Set<string> {
  const [of, other] = direction === 'downstream' ? (['from', 'to'] as const) : (['to', 'from'] as const);
  const next = new Map<string, string[]>();
  for (const link of links) {
    const beside = next.get(link[of]);
    if (beside) beside.push(link[other]);
    else next.set(link[of], [link[other]]);
  }
  const found = new Set<string>();
  let border = [start];
  for (let step = 0; step < depth && border.length > 0; step++) {
    border = [...new Set(border.flatMap((id) => next.get(id) ?? []))].filter(
      (id) => id !== start && !found.has(id),
    );
    for (const id of border) found.add(id);
  }
  return found;
}
