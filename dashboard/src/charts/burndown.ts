/** A budget as it went: what was left over time, rows in, SVG path data out. */

export interface BurnDown {
  /** What was left. */
  line: string;
  /** Between the line and nothing left, where more was spent than there was. */
  overspent: string;
  /** Height at which nothing is left. */
  zero: number;
  last: { x: number; y: number };
}

const PAD = 2;
/** Deeper than this the line would only press the rest flat. */
const FLOOR = -1;

/** @param left shares of the budget in equal steps of time; below −1 they are drawn at −1 */
export function burnDownPath(left: readonly number[], width: number, height: number): BurnDown {
  const values = left.map((value) => Math.min(1, Math.max(FLOOR, value)));
  const bottom = Math.min(0, ...values);
  const step = values.length > 1 ? (width - 2 * PAD) / (values.length - 1) : 0;
  const x = (at: number) => round(PAD + at * step);
  const y = (value: number) => round(PAD + ((1 - value) / (1 - bottom)) * (height - 2 * PAD));
  const line = values.map((value, at) => `${at === 0 ? 'M' : 'L'}${x(at)} ${y(value)}`).join('');
  const first = values.findIndex((value) => value < 0);
  const below = values.slice(first).map((value, i) => `L${x(first + i)} ${y(Math.min(0, value))}`);
  const overspent =
    first === -1 ? '' : `M${x(first)} ${y(0)}${below.join('')}L${x(values.length - 1)} ${y(0)}Z`;
  return { line, overspent, zero: y(0), last: { x: x(values.length - 1), y: y(values.at(-1) ?? 1) } };
}

const round = (value: number): number => Math.round(value * 10) / 10;
