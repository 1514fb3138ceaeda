/** Spans on one time axis: the extent, the ticks, a bar's place, and which rows are on the screen. */
import type { Node } from '../../../model/span-tree.ts';

/** Width of a row's drawing in its own units; the browser stretches it. */
export const AXIS = 1000;
/** A bar is never narrower than this: a span of 1 µs in a trace of 10 s still happened. */
const THINNEST = 2;
export const ROW_HEIGHT = 26;

export interface Extent {
  from: number;
  to: number;
}

/** From the first start to the last end, in milliseconds of the trace's own clock. */
export function extentOf(nodes: readonly Node[]): Extent {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { span } of nodes) {
    if (!Number.isFinite(span.startMs)) continue;
    from = Math.min(from, span.startMs);
    to = Math.max(to, span.startMs + Math.max(0, span.durationMs || 0));
  }
  if (from > to) return { from: 0, to: 1 };
  return { from, to: to > from ? to : from + 1 };
}

/** Left edge and width of a bar on the axis, always within it. */
export function barOf(startMs: number, durationMs: number, extent: Extent): { x: number; width: number } {
  const scale = AXIS / (extent.to - extent.from);
  const wide = Math.min(AXIS, Math.max(THINNEST, (Math.max(0, durationMs) || 0) * scale));
  const left = Number.isFinite(startMs) ? (startMs - extent.from) * scale : 0;
  return { x: round(Math.min(Math.max(0, left), AXIS - wide)), width: round(wide) };
}

/** Round moments on the axis: 0 and about `most` steps of 1, 2 or 5 × 10ⁿ, in milliseconds after the extent's start. */
export function ticksOf(extent: Extent, most = 5): { x: number; ms: number }[] {
  const width = extent.to - extent.from;
  const rough = width / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10);
  const ticks = [];
  // Counted, not added up: adding 0.1 ten times does not give 1.
  for (let at = 0; at * step <= width * 0.999; at++)
    ticks.push({ x: round((at * step * AXIS) / width), ms: at * step });
  return ticks;
}

/** The slice of rows that is visible, with some more on either side for scrolling. */
export function slice(
  total: number,
  scrolled: number,
  height: number,
  spare = 12,
): { first: number; last: number } {
  const first = Math.max(0, Math.floor(scrolled / ROW_HEIGHT) - spare);
  const last = Math.min(total, Math.ceil((scrolled + height) / ROW_HEIGHT) + spare);
  return { first: Math.min(first, total), last: Math.max(last, Math.min(first, total)) };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
