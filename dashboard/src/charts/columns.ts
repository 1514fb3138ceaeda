/** Counts over time as columns: totals and, from the floor, errors, on one scale up to the peak. */

export interface Columns {
  totals: string;
  errors: string;
  /** The value at the top of the scale. */
  peak: number;
}

export function columns(
  totals: readonly number[],
  errors: readonly number[],
  width: number,
  height: number,
): Columns {
  const peak = Math.max(0, ...totals.map(finite), ...errors.map(finite));
  return { totals: bars(totals, peak, width, height), errors: bars(errors, peak, width, height), peak };
}

function bars(values: readonly number[], peak: number, width: number, height: number): string {
  const slot = width / Math.max(1, values.length);
  const gap = Math.min(2, slot * 0.25);
  return values
    .map((value, at) => {
      if (finite(value) === 0) return '';
      // One pixel at least: something happened there.
      const tall = round(Math.max(1, (finite(value) / peak) * height));
      return `M${round(at * slot + gap / 2)} ${height}v${-tall}h${round(slot - gap)}v${tall}z`;
    })
    .join('');
}

function finite(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
