/** Evidence as small charts: the series of a signal on one grid of times, with the thresholds they were held against. */
import type { EvidenceSeries } from '../../../model/incident.ts';
import { lines } from './lines.ts';

/** More lines than this cannot be told apart; the rest is counted. */
const MOST_LINES = 8;

export interface EvidenceChart {
  signal: string;
  /** Unix ms of each slot, oldest first. */
  times: number[];
  series: { labels: EvidenceSeries['labels']; values: (number | null)[]; path: string }[];
  thresholds: { value: number; y: number }[];
  ticks: { value: number; y: number }[];
  /** Series that are not drawn. */
  omitted: number;
}

/**
 * @param thresholds by the signal's name
 * @param width of the drawing in its own units, as `height`
 */
export function evidenceCharts(
  all: readonly EvidenceSeries[],
  thresholds: (signal: string) => readonly number[],
  width: number,
  height: number,
): EvidenceChart[] {
  const bySignal = Map.groupBy(all, ({ signal }) => signal);
  return [...bySignal].map(([signal, found]) => {
    const shown = found.slice(0, MOST_LINES);
    const times = [...new Set(shown.flatMap(({ points }) => points.map(([at]) => at)))].toSorted(
      (a, b) => a - b,
    );
    const values = shown.map(({ points }) => {
      const known = new Map(points);
      return times.map((at) => known.get(at) ?? null);
    });
    const limits = [...new Set(thresholds(signal))].filter(Number.isFinite);
    // A threshold is a series of two equal values on the same scale: it must be in the picture even when far away.
    const drawn = lines([...values, ...limits.map((limit) => [limit, limit])], width, height);
    return {
      signal,
      times,
      series: shown.map(({ labels }, i) => ({ labels, values: values[i]!, path: drawn.paths[i]! })),
      thresholds: limits.map((value, i) => ({ value, y: heightOf(drawn.paths[values.length + i]!) })),
      ticks: drawn.ticks,
      omitted: found.length - shown.length,
    };
  });
}

function heightOf(path: string): number {
  return Number(/^M\S+ ([\d.-]+)/.exec(path)?.[1] ?? 0);
}
