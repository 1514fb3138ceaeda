/** A trend in the height of a line of text: rows in, SVG path data out. */

export interface Spark {
  /** Requests: a line. */
  line: string;
  /** Errors: bars from the floor on the same scale, never thinner than can be seen. */
  errors: string;
  last: { x: number; y: number };
  peak: number;
}

/** Room above and below, so that the stroke and the last point are not cut. */
const PAD = 2;

export function sparkline(
  values: readonly number[],
  errors: readonly number[],
  width: number,
  height: number,
): Spark {
  const clean = values.map(finite);
  const peak = Math.max(0, ...clean);
  const step = clean.length > 1 ? (width - 2 * PAD) / (clean.length - 1) : 0;
  const x = (at: number) => round(PAD + at * step);
  const y = (value: number) => round(height - PAD - (peak === 0 ? 0 : (value / peak) * (height - 2 * PAD)));
  const line = clean.map((value, at) => `${at === 0 ? 'M' : 'L'}${x(at)} ${y(value)}`).join('');
  const bars = errors.map(finite).flatMap((value, at) => {
    if (value <= 0) return [];
    const top = Math.min(y(Math.min(value, peak)), height - PAD - 3);
    return [`M${x(at)} ${height - PAD}V${round(top)}`];
  });
  return { line, errors: bars.join(''), last: { x: x(clean.length - 1), y: y(clean.at(-1) ?? 0) }, peak };
}

/** What the line says, for those who cannot see it. */
export function sparkSentence(values: readonly number[], errors: readonly number[], total: string): string {
  const clean = values.map(finite);
  if (clean.every((value) => value === 0)) return 'no requests';
  const half = Math.floor(clean.length / 2);
  const before = sum(clean.slice(0, half));
  const after = sum(clean.slice(clean.length - half));
  const trend = after > before * 1.1 ? 'rising' : after < before * 0.9 ? 'falling' : 'steady';
  const failing = errors.filter((value) => finite(value) > 0).length;
  return `${total}, ${trend}; errors in ${failing} of ${clean.length} intervals`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function finite(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
