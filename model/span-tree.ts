/**
 * Spans as a tree. What comes is hostile: parents that are missing, ids that occur twice, parents in a circle. Every
 * span gets exactly one row, and what was wrong is counted, never hidden. All loops are iterative: a chain of 10,000
 * spans must not exhaust the stack.
 */
import type { SpanOutline } from './trace.ts';

/** What a tree needs to know of a span. */
export type TreeSpan = Pick<
  SpanOutline,
  'spanId' | 'parentSpanId' | 'startMs' | 'durationMs' | 'status' | 'resource'
>;

export interface Node<S extends TreeSpan = SpanOutline> {
  span: S;
  /** How the row is named in the URL: the span's id, `id~2` for the second span of that id. */
  key: string;
  depth: number;
  /** Row of the parent, -1 for a top row. */
  parent: number;
  /** Row after the last descendant: rows `at + 1` to `end - 1` are below this one. */
  end: number;
  children: number;
  /** Errors in the rows below, so that a folded row still tells. */
  errorsBelow: number;
  /** It names a parent that is not in the trace. */
  orphan: boolean;
  /** It is its own ancestor; the circle was cut here. */
  cycle: boolean;
  /** It begins before its parent, on another resource: the clocks disagree. */
  skewed: boolean;
}

export interface Tree<S extends TreeSpan = SpanOutline> {
  /** Depth first, children by start: the order of the waterfall. */
  nodes: Node<S>[];
  orphans: number;
  duplicates: number;
  cycles: number;
  skewed: number;
  roots: number;
}

/** Clocks that agree this well are as good as equal (NTP in one data centre). */
const SKEW_MS = 1;

/** Spans of one trace as a tree. */
export function buildTree<S extends TreeSpan>(spans: readonly S[]): Tree<S> {
  const { keys, first, duplicates } = identify(spans);
  const parents = spans.map((span) => parentOf(span, first));
  const cut = cutCycles(parents, spans);
  const nodes = walk(spans, parents, keys, cut);
  const count = (test: (node: Node<S>) => boolean) =>
    nodes.reduce((sum, node) => sum + (test(node) ? 1 : 0), 0);
  return {
    nodes,
    orphans: count((node) => node.orphan),
    duplicates,
    cycles: cut.size,
    skewed: count((node) => node.skewed),
    roots: count((node) => node.parent === -1),
  };
}

function identify(spans: readonly TreeSpan[]) {
  const first = new Map<string, number>();
  const seen = new Map<string, number>();
  let duplicates = 0;
  const keys = spans.map((span, at) => {
    const times = (seen.get(span.spanId) ?? 0) + 1;
    seen.set(span.spanId, times);
    if (times === 1) first.set(span.spanId, at);
    else duplicates++;
    return times === 1 ? span.spanId : `${span.spanId}~${times}`;
  });
  return { keys, first, duplicates };
}

/** Row of the parent in the order of arrival; a span that names itself is a circle of one. */
function parentOf(span: TreeSpan, first: ReadonlyMap<string, number>): number {
  return span.parentSpanId === '' ? -1 : (first.get(span.parentSpanId) ?? -1);
}

/** Finds circles in `parents` and cuts each at its earliest span, which becomes a top row. Returns the cut ones. */
function cutCycles(parents: number[], spans: readonly TreeSpan[]): Set<number> {
  const cut = new Set<number>();
  const state = new Uint8Array(parents.length); // 0 unseen, 1 on this walk, 2 done
  for (let begin = 0; begin < parents.length; begin++) {
    const path: number[] = [];
    let at = begin;
    while (at !== -1 && state[at] === 0) {
      state[at] = 1;
      path.push(at);
      at = parents[at]!;
    }
    if (at !== -1 && state[at] === 1) {
      const circle = path.slice(path.indexOf(at));
      const earliest = circle.reduce((best, each) =>
        spans[each]!.startMs < spans[best]!.startMs ? each : best,
      );
      parents[earliest] = -1;
      cut.add(earliest);
    }
    for (const each of path) state[each] = 2;
  }
  return cut;
}

function walk<S extends TreeSpan>(
  spans: readonly S[],
  parents: readonly number[],
  keys: readonly string[],
  cut: ReadonlySet<number>,
): Node<S>[] {
  const below: number[][] = spans.map(() => []);
  const tops: number[] = [];
  parents.forEach((parent, at) => {
    (parent === -1 ? tops : below[parent]!).push(at);
  });
  const byStart = (a: number, b: number) => spans[b]!.startMs - spans[a]!.startMs || b - a;
  const nodes: Node<S>[] = [];
  const stack = tops.sort(byStart).map((at) => ({ at, depth: 0, parent: -1 }));
  while (stack.length > 0) {
    const { at, depth, parent } = stack.pop()!;
    const span = spans[at]!;
    const row = nodes.length;
    nodes.push({
      span,
      key: keys[at]!,
      depth,
      parent,
      end: row + 1,
      children: below[at]!.length,
      errorsBelow: 0,
      orphan: span.parentSpanId !== '' && parents[at] === -1 && !cut.has(at),
      cycle: cut.has(at),
      skewed: parent !== -1 && beforeParent(span, nodes[parent]!.span),
    });
    for (const child of below[at]!.sort(byStart)) stack.push({ at: child, depth: depth + 1, parent: row });
  }
  sumUp(nodes);
  return nodes;
}

function beforeParent(span: TreeSpan, parent: TreeSpan): boolean {
  return span.resource !== parent.resource && span.startMs < parent.startMs - SKEW_MS;
}

/** From the last row to the first, every row tells its parent how far it reaches and what failed. */
function sumUp(nodes: Node<TreeSpan>[]): void {
  for (let row = nodes.length - 1; row >= 0; row--) {
    const node = nodes[row]!;
    const parent = nodes[node.parent];
    if (!parent) continue;
    parent.end = Math.max(parent.end, node.end);
    parent.errorsBelow += node.errorsBelow + (node.span.status === 'Error' ? 1 : 0);
  }
}

/** The rows to show when the rows in `folded` hide what is below them. */
export function openRows(nodes: readonly Node<TreeSpan>[], folded: ReadonlySet<number>): number[] {
  const rows: number[] = [];
  let row = 0;
  while (row < nodes.length) {
    rows.push(row);
    row = folded.has(row) ? nodes[row]!.end : row + 1;
  }
  return rows;
}
