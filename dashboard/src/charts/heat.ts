/** A heat map as one path for each shade: a rectangle a cell would be thousands of elements. */

export const SHADES = 6;

/** @returns path data by shade, the lightest first; shades go by the logarithm, so that one slow request still shows */
export function shades(rows: readonly (readonly number[])[], width: number, height: number): string[] {
  const most = Math.max(1, ...rows.flat().filter(Number.isFinite));
  const slots = Math.max(1, ...rows.map((counts) => counts.length));
  const [w, h] = [width / slots, height / Math.max(1, rows.length)];
  const paths: string[][] = Array.from({ length: SHADES }, () => []);
  rows.forEach((counts, row) => {
    counts.forEach((count, slot) => {
      if (!(count > 0)) return;
      const share = most <= 1 ? 1 : Math.log1p(count) / Math.log1p(most);
      const shade = Math.min(SHADES - 1, Math.floor(share * SHADES));
      paths[shade]!.push(
        `M${round(slot * w + 0.5)} ${round(row * h + 0.5)}h${round(w - 1)}v${round(h - 1)}h${round(1 - w)}z`,
      );
    });
  });
  return paths.map((all) => all.join(''));
}

/** The cell under a point given as shares of width and height, or null. */
export function cellAt(
  rows: readonly (readonly number[])[],
  x: number,
  y: number,
): { row: number; slot: number } | null {
  const row = Math.floor(y * rows.length);
  const slot = Math.floor(x * (rows[0]?.length ?? 0));
  return rows[row]?.[slot] === undefined ? null : { row, slot };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
