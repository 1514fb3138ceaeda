/** Where the time went: a span's self time is its duration without the time any of its children ran. */
import type { Node } from '../../../model/span-tree.ts';

export interface Share {
  service: string;
  selfMs: number;
  /** Of the self time of all spans, 0..1. Work side by side counts on each side. */
  share: number;
  spans: number;
  errors: number;
}

/** Self time in milliseconds per row. Children are clipped to their parent and overlaps count once. */
export function selfTimes(nodes: readonly Node[]): number[] {
  const inside: [number, number][][] = nodes.map(() => []);
  for (const { span, parent } of nodes) {
    const above = nodes[parent]?.span;
    if (!above) continue;
    const from = Math.max(span.startMs, above.startMs);
    const to = Math.min(endOf(span), endOf(above));
    if (to > from) inside[parent]!.push([from, to]);
  }
  return nodes.map(({ span }, row) => Math.max(0, lengthOf(span.durationMs) - covered(inside[row]!)));
}

function covered(intervals: [number, number][]): number {
  intervals.sort((a, b) => a[0] - b[0]);
  let total = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const [from, to] of intervals) {
    total += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return total;
}

/** Self time by service, the largest first: the order that gives services their colours too. */
export function sharesOf(nodes: readonly Node[], self: readonly number[]): Share[] {
  const byService = new Map<string, Share>();
  nodes.forEach(({ span }, row) => {
    const share = byService.get(span.service) ?? {
      service: span.service,
      selfMs: 0,
      share: 0,
      spans: 0,
      errors: 0,
    };
    share.selfMs += self[row]!;
    share.spans++;
    if (span.status === 'Error') share.errors++;
    byService.set(span.service, share);
  });
  const shares = [...byService.values()].sort((a, b) => b.selfMs - a.selfMs || b.spans - a.spans);
  const total = shares.reduce((sum, each) => sum + each.selfMs, 0);
  for (const each of shares) each.share = total > 0 ? each.selfMs / total : each.spans / nodes.length;
  return shares;
}

function endOf(span: { startMs: number; durationMs: number }): number {
  return span.startMs + lengthOf(span.durationMs);
}

function lengthOf(ms: number): number {
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}
