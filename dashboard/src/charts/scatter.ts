/** Load against use: points, the fitted line from no load to the far end, and the safe use across. */
import type { ResourceView } from '../../../model/capacity.ts';
import { SAFE_USE } from '../../../model/room.ts';

export interface Scatter {
  points: { x: number; y: number; at: number; load: number; use: number }[];
  /** SVG path; '' without a fit. */
  line: string;
  safeY: number;
  /** Where the fitted line reaches the safe use, when it lies in the drawing. */
  safeX: number | null;
  /** Of the right edge. */
  maxLoad: number;
  maxUse: number;
}

/** A load is not drawn further out than this many times its peak. */
const FARTHEST = 3;

/** @param factor times the peak load that the drawing must reach */
export function scatter(
  { points, room }: Pick<ResourceView, 'points' | 'room'>,
  factor: number,
  width: number,
  height: number,
): Scatter {
  const peak = Math.max(0, ...points.map(({ load }) => load));
  const wanted = room.known ? Math.min(room.times * 1.05, FARTHEST) : 1;
  const maxLoad = Math.max(1e-9, peak * Math.max(1, wanted, room.known ? Math.min(factor, FARTHEST) : 1));
  const maxUse = Math.max(1, ...points.map(({ use }) => use));
  const x = (load: number) => round((load / maxLoad) * width);
  const y = (use: number) => round(height - (Math.min(Math.max(use, 0), maxUse) / maxUse) * height);
  const { fit } = room;
  const at = (load: number) => (fit === null ? 0 : fit.base + fit.slope * load);
  return {
    points: points.map(({ at: time, load, use }) => ({ x: x(load), y: y(use), at: time, load, use })),
    line: fit === null ? '' : clipped(at, maxLoad, maxUse, x, y),
    safeY: y(SAFE_USE),
    safeX: room.known && room.safeLoad <= maxLoad ? x(room.safeLoad) : null,
    maxLoad,
    maxUse,
  };
}

/** The line within the drawing. */
function clipped(
  at: (load: number) => number,
  maxLoad: number,
  maxUse: number,
  x: (load: number) => number,
  y: (use: number) => number,
): string {
  const slope = (at(maxLoad) - at(0)) / maxLoad;
  const loadOf = (use: number) => (use - at(0)) / slope;
  const crossings =
    slope === 0 ? [] : [loadOf(0), loadOf(maxUse)].filter((load) => load > 0 && load < maxLoad);
  const inside = [0, ...crossings, maxLoad]
    .filter((load) => at(load) >= -1e-9 && at(load) <= maxUse + 1e-9)
    .sort((a, b) => a - b);
  const [first, last] = [inside[0], inside.at(-1)];
  return first === undefined || last === undefined
    ? ''
    : `M${x(first)} ${y(at(first))}L${x(last)} ${y(at(last))}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
