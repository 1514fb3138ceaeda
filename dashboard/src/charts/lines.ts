/** Lines over time on one scale from 0 (or the lowest value below it): slots in, SVG path data out. */

export interface Lines {
  /** One for each series; gaps where there was no value, a dot where a value stands alone. */
  paths: string[];
  /** Round values of the scale with their height. */
  ticks: { value: number; y: number }[];
}

/** Heights of values on one scale. */
export interface Scale {
  y: (value: number) => number;
  ticks: Lines['ticks'];
}

/** @param height in the drawing's units, of which the upper 4 are air */
export function scaleOf(values: Iterable<number | null>, height: number): Scale {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const ticks = roundTicks(low, high === low ? low + 1 : high);
  const [floor, top] = [Math.min(low, ticks[0]!), Math.max(high, ticks.at(-1)!)];
  const y = (value: number) => round(height - ((value - floor) / (top - floor)) * (height - 4));
  return { y, ticks: ticks.map((value) => ({ value, y: y(value) })) };
}

/** @param height as of `scaleOf` */
export function lines(series: readonly (readonly (number | null)[])[], width: number, height: number): Lines {
  const { y, ticks } = scaleOf(series.flat(), height);
  const paths = series.map((values) => {
    const x = (at: number) => round(((at + 0.5) / Math.max(1, values.length)) * width);
    return values
      .map((value, at) => {
        if (value === null || !Number.isFinite(value)) return '';
        const [before, after] = [known(values[at - 1]), known(values[at + 1])];
        if (before) return `L${x(at)} ${y(value)}`;
        return after ? `M${x(at)} ${y(value)}` : `M${x(at)} ${y(value)}h0.01`;
      })
      .join('');
  });
  return { paths, ticks };
}

function known(value: number | null | undefined): boolean {
  return value !== null && value !== undefined && Number.isFinite(value);
}

/** Three to five steps of 1, 2 or 5 × 10ⁿ that span the values. */
function roundTicks(low: number, high: number): number[] {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough * 0.999) ?? 10);
  const ticks: number[] = [];
  // Counted, not added up: adding 0.1 ten times does not give 1.
  const first = Math.floor(low / step);
  for (let at = first; at * step < high + step && ticks.length < 12; at++) ticks.push(at * step);
  return ticks;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
