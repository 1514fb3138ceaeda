/**
 * The critical path: the stretches of spans without which the trace would have been shorter (as Jaeger finds it: from the
 * end backwards, always into the child that finished last before the point reached). And gaps: the longest time in which
 * a span that has children waits for none of them, so that nobody knows what it did. Iterative: chains may be 10,000 deep.
 */
/** A span in a row of its own, and the row of its parent, −1 for a top row. */
export interface Timed {
  span: { startMs: number; durationMs: number };
  parent: number;
}

export interface Stretch {
  from: number;
  to: number;
}

/** Stretches by row, in milliseconds of the trace's clock; rows that are not on the path are not in it. */
export function criticalPath(nodes: readonly Timed[]): Map<number, Stretch[]> {
  const path = new Map<number, Stretch[]>();
  const root = longestTop(nodes);
  if (root === -1) return path;
  const children = childrenByEnd(nodes);
  const waiting = [{ row: root, until: endOf(nodes[root]!) }];
  while (waiting.length > 0) {
    const { row, until } = waiting.pop()!;
    const { startMs } = nodes[row]!.span;
    const own: Stretch[] = [];
    let reached = until;
    for (const child of children[row]!) {
      // A child that goes on after its parent is waited for until the parent ends; one that overlaps a later sibling is not.
      const end = reached === until ? Math.min(endOf(nodes[child]!), until) : endOf(nodes[child]!);
      const begin = Math.max(nodes[child]!.span.startMs, startMs);
      if (end > reached || begin >= end) continue;
      if (reached > end) own.push({ from: end, to: reached });
      waiting.push({ row: child, until: end });
      reached = begin;
    }
    if (reached > startMs) own.push({ from: startMs, to: reached });
    path.set(row, own);
  }
  return path;
}

/** The longest stretch of each row with children in which none of them ran; 0 for leaves. Milliseconds. */
export function gaps(nodes: readonly Timed[]): number[] {
  const children = childrenByEnd(nodes);
  return nodes.map((node, row) => {
    if (children[row]!.length === 0) return 0;
    let reached = node.span.startMs;
    let longest = 0;
    const byStart = [...children[row]!].sort((a, b) => nodes[a]!.span.startMs - nodes[b]!.span.startMs);
    for (const child of byStart) {
      longest = Math.max(longest, Math.min(nodes[child]!.span.startMs, endOf(node)) - reached);
      reached = Math.max(reached, endOf(nodes[child]!));
    }
    return Math.max(0, longest, endOf(node) - reached);
  });
}

function longestTop(nodes: readonly Timed[]): number {
  let best = -1;
  nodes.forEach(({ parent, span }, row) => {
    if (parent === -1 && (best === -1 || span.durationMs > nodes[best]!.span.durationMs)) best = row;
  });
  return best;
}

function childrenByEnd(nodes: readonly Timed[]): number[][] {
  const children: number[][] = nodes.map(() => []);
  nodes.forEach(({ parent }, row) => {
    if (parent !== -1) children[parent]!.push(row);
  });
  for (const list of children) list.sort((a, b) => endOf(nodes[b]!) - endOf(nodes[a]!) || a - b);
  return children;
}

function endOf({ span }: Timed): number {
  const { startMs, durationMs } = span;
  return startMs + (Number.isFinite(durationMs) && durationMs > 0 ? durationMs : 0);
}
