/** Telemetry as a table of numbers: what rule tests, and the contract that the store is held to, are written in. */
import type { Labels, Matcher, SeriesSpec } from '../../model/signal.ts';
import { matches } from '../incidents/matchers.ts';
import type { ProbeResult } from './notation.ts';

/** Points of a metric, or events that were counted: `value` is then how many came. */
export interface Series {
  kind: 'metric' | 'spans' | 'logs';
  /** Of the metric, '' otherwise. */
  metric: string;
  labels: Labels;
  /** Of each span, ms. */
  durationMs: number;
  /** By time (unix ms), ascending. */
  points: readonly { t: number; value: number }[];
}

export interface ProbeRuns {
  probe: string;
  location: string;
  durationMs: number;
  /** By time (unix ms), ascending. */
  runs: readonly { t: number; result: ProbeResult }[];
}

export interface Table {
  series: readonly Series[];
  probes: readonly ProbeRuns[];
}

export type Source = SeriesSpec;

/** Points of a series after `from` and up to `to`, by binary search: windows are (from, to]. */
export function pointsBetween<Point extends { t: number }>(
  points: readonly Point[],
  from: number,
  to: number,
): Point[] {
  return points.slice(after(points, from), after(points, to));
}

/** The last point at or before `t` and after `oldest`. */
export function lastPoint<Point extends { t: number }>(
  points: readonly Point[],
  t: number,
  oldest = -Infinity,
): Point | undefined {
  const point = points[after(points, t) - 1];
  return point !== undefined && point.t > oldest ? point : undefined;
}

function after(points: readonly { t: number }[], t: number): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (points[middle]!.t <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Series that a source selects, by the labels it groups by. */
export function selectGroups(
  table: Table,
  source: Source,
): Map<string, { labels: Labels; series: Series[] }> {
  const groups = new Map<string, { labels: Labels; series: Series[] }>();
  for (const one of table.series) {
    if (!isSelected(one, source)) continue;
    const labels = project(one.labels, source.by);
    const key = JSON.stringify(source.by.map((name) => labels[name] ?? ''));
    const group = groups.get(key);
    if (group) group.series.push(one);
    else groups.set(key, { labels, series: [one] });
  }
  return groups;
}

/** The labels that are there and not empty. */
export function project(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(names.flatMap((name) => (labels[name] ? [[name, labels[name]]] : [])));
}

function isSelected(series: Series, source: Source): boolean {
  if (series.kind !== source.kind) return false;
  if (source.kind === 'metric' && series.metric !== source.metric) return false;
  if (series.kind === 'spans' && !isOrdinary(series.labels, source.where)) return false;
  return matches(series.labels, source.where);
}

/** Spans of servers and consumers unless `where` names a kind; those of probes only where it names `probe`. */
function isOrdinary(labels: Labels, where: readonly Matcher[]): boolean {
  const names = (key: string) => where.some((matcher) => matcher.key === key);
  if (labels.probe && !names('probe')) return false;
  return names('span.kind') || ['server', 'consumer'].includes(labels['span.kind'] ?? 'server');
}
