/** Counts over time as columns that stand on each other, from the first series (at the floor) up. */

export interface Stack {
  /** SVG path data, one for each series. */
  paths: string[];
  /** The highest column: the top of the scale. */
  peak: number;
  /** Sum of each column. */
  totals: number[];
}

export function stack(series: readonly (readonly number[])[], width: number, height: number): Stack {
  const slots = Math.max(0, ...series.map((values) => values.length));
  const totals = Array.from({ length: slots }, (_, at) =>
    series.reduce((sum, values) => sum + finite(values[at]), 0),
  );
  const peak = Math.max(0, ...totals);
  const slot = width / Math.max(1, slots);
  const gap = Math.min(2, slot * 0.25);
  const reached = new Array<number>(slots).fill(0);
  const paths = series.map((values) =>
    Array.from({ length: slots }, (_, at) => {
      const value = finite(values[at]);
      if (value === 0) return '';
      // One pixel at least: something happened there.
      const tall = Math.max(1, (value / peak) * height);
      const floor = height - reached[at]!;
      reached[at]! += tall;
      return `M${round(at * slot + gap / 2)} ${round(floor)}v${round(-tall)}h${round(slot - gap)}v${round(tall)}z`;
    }).join(''),
  );
  return { paths, peak, totals };
}

function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : 0;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
